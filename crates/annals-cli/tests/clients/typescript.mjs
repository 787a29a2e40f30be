// Drives `annals mcp` with the official TypeScript client, and prints what it got as one line of
// JSON. Arguments: the program, and a store.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [program, store, modules] = process.argv.slice(2);
const resolve = createRequire(pathToFileURL(`${modules}/package.json`)).resolve;
const load = (name) => import(pathToFileURL(resolve(`@modelcontextprotocol/sdk/${name}`)));
const { Client } = await load("client/index.js");
const { StdioClientTransport } = await load("client/stdio.js");
const { ResourceUpdatedNotificationSchema } = await load("types.js");

const client = new Client({ name: "test", version: "1" });
await client.connect(
  new StdioClientTransport({
    command: program,
    args: ["mcp", "--store", store, "--actor", "agent:ts"],
  }),
);
const call = (name, input) => client.callTool({ name, arguments: input });
const updated = new Promise((done) =>
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, (it) => done(it.params.uri)),
);

const tools = (await client.listTools()).tools.map((tool) => tool.name);
const added = await call("add", { title: "Count the pages" });
await client.subscribeResource({ uri: "annals://item/WORK-1" });
const claimed = await call("next", { claim: true });
const refused = await call("move", { items: ["1"], to: "done" });
const context = await call("context", { item: "1" });
const resource = await client.readResource({ uri: "annals://item/WORK-1?as_of=1" });
const templates = (await client.listResourceTemplates()).resourceTemplates.length;
const prompts = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
const prompt = await client.getPrompt({ name: "review", arguments: { item: "WORK-1" } });
const completed = await client.complete({
  ref: { type: "ref/prompt", name: "review" },
  argument: { name: "item", value: "WORK" },
});
const many = await Promise.all(
  Array.from({ length: 100 }, (_, number) => call("record", { item: "1", note: `note ${number}` })),
);
console.log(
  JSON.stringify({
    tools,
    added: added.structuredContent,
    claimed: claimed.structuredContent,
    refused: [refused.isError, refused.structuredContent],
    context: context.content[0].text,
    resource: resource.contents[0].uri,
    templates,
    prompts,
    prompt: prompt.messages.length,
    completed: completed.completion.values,
    noted: many.filter((answer) => !answer.isError).length,
    updated: await updated,
  }),
);
await client.close();
