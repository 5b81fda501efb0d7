// BullMQ's flows doing what a request does: a group is a job whose children are its tasks; when it has run, the job of
// the next group is added with its own. With "worker" as first word: the process that runs the tasks. Else the one that
// adds requests and runs the groups: it answers each line of JSON with one.
'use strict';
const { FlowProducer, Worker } = require('bullmq');
const Redis = require('ioredis');

const connection = () => new Redis({ path: process.env.BENCH_SOCKET, db: Number(process.env.BENCH_DATABASE), maxRetriesPerRequest: null });
const atOnce = 64;
const kept = { removeOnComplete: true, removeOnFail: true };

async function runTasks() {
  const worker = new Worker('tasks', async (job) => job.data.document, { connection: connection(), concurrency: atOnce });
  await worker.waitUntilReady();
  console.log('ready');
}

async function runRequests() {
  const flows = new FlowProducer({ connection: connection() });
  const waiting = new Map();
  const document = 'x'.repeat(Number(process.env.BENCH_BYTES));

  const addGroup = (request) => flows.add({
    name: 'group',
    queueName: 'groups',
    data: request,
    opts: kept,
    children: Array.from({ length: request.tasks }, () => (
      { name: 'task', queueName: 'tasks', data: { document }, opts: kept })),
  });
  const groups = new Worker('groups', async (job) => {
    // As a request does with the results of its group.
    await job.getChildrenValues();
    const next = { ...job.data, group: job.data.group + 1 };
    if (next.group < next.groups) await addGroup(next);
    else waiting.get(next.id)();
  }, { connection: connection(), concurrency: atOnce });
  await groups.waitUntilReady();

  async function ask(question) {
    const milliseconds = [];
    const begin = performance.now();
    let begun = 0;
    const keepAdding = async () => {
      while (performance.now() - begin < question.seconds * 1000 && (question.calls === 0 || begun < question.calls)) {
        begun += 1;
        const id = `${process.pid}-${begin}-${begun}`;
        const added = performance.now();
        await new Promise((resolve, reject) => {
          waiting.set(id, resolve);
          addGroup({ id, group: 0, groups: question.groups, tasks: question.tasks }).catch(reject);
        });
        waiting.delete(id);
        milliseconds.push(performance.now() - added);
      }
    };
    await Promise.all(Array.from({ length: question.inFlight }, keepAdding));
    milliseconds.sort((a, b) => a - b);
    return { calls: milliseconds.length, seconds: (performance.now() - begin) / 1000,
      median: milliseconds[milliseconds.length >> 1] };
  }

  const lines = require('readline').createInterface({ input: process.stdin });
  console.log('ready');
  for await (const line of lines) console.log(JSON.stringify(await ask(JSON.parse(line))));
  process.exit(0);
}

if (process.argv[2] === 'worker') {
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
  runTasks();
} else runRequests();
