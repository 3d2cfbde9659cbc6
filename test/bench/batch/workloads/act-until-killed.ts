import { type ActGiven, tellWhileActing } from './act.ts';

await tellWhileActing(JSON.parse(process.argv[2]!) as ActGiven);
