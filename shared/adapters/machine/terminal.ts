/** The terminal, or the pipes and files in its place. */
export interface MachineStream {
  write(text: string): void;
  readonly colour: boolean;
  /** Whether lines can be drawn over. */
  readonly live: boolean;
  columns(): number;
}

export interface MachineTerminal {
  readonly out: MachineStream;
  readonly err: MachineStream;
  /** Gives back what a live display may have taken. */
  restore(): void;
  /** Resolves when everything written has been handed over. */
  flush(): Promise<void>;
}

const usualColumns = 80;

/** A reader that has gone (`breakwater list | head -1`) is no failure: the rest is for nobody. */
export function createMachineTerminal(wishes: { readonly colour: boolean; readonly live: boolean }): MachineTerminal {
  const streams = [process.stdout, process.stderr];
  for (const stream of streams) stream.on('error', () => {});
  return {
    out: streamOf(process.stdout, wishes),
    err: streamOf(process.stderr, wishes),
    restore() {
      if (wishes.live && process.stderr.isTTY) process.stderr.write('\u001b[?25h');
    },
    async flush() {
      await Promise.all(streams.map((stream) => new Promise((done) => stream.write('', done))));
    },
  };
}

function streamOf(stream: NodeJS.WriteStream, { colour, live }: { colour: boolean; live: boolean }): MachineStream {
  const isTerminal = stream.isTTY === true;
  return {
    write: (text) => void stream.write(text),
    colour: colour && isTerminal,
    live: live && isTerminal,
    columns: () => stream.columns || usualColumns,
  };
}
