"""Drives `annals mcp` with the official Python client, and prints what it got as one line of JSON.

Arguments: the program, and a store."""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(program, store, _):
    arguments = ["mcp", "--store", store, "--actor", "agent:py"]
    server = StdioServerParameters(command=program, args=arguments)
    async with stdio_client(server) as (read, write), ClientSession(read, write) as client:
        begun = await client.initialize()
        tools = await client.list_tools()
        added = await client.call_tool("add", {"title": "Count the pages", "key": "one"})
        again = await client.call_tool("add", {"title": "Count the pages", "key": "one"})
        refused = await client.call_tool("move", {"items": ["1"], "to": "done"})
        resource = await client.read_resource("annals://item/WORK-1")
        prompts = await client.list_prompts()
        notes = [
            client.call_tool("record", {"item": "1", "note": f"note {number}"})
            for number in range(100)
        ]
        notes = await asyncio.gather(*notes)
        print(json.dumps({
            "protocol": begun.protocol_version,
            "tools": [tool.name for tool in tools.tools],
            "added": added.structured_content,
            "again": again.structured_content,
            "refused": refused.is_error,
            "resource": str(resource.contents[0].uri),
            "prompts": [prompt.name for prompt in prompts.prompts],
            "noted": sum(not note.is_error for note in notes),
        }))


asyncio.run(main(*sys.argv[1:]))
