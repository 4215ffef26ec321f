"""A scripted model: lists the sentences of the letter it is given, and asks about each of them, now giving the answer
away, now not."""
import os, re, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.environ["CASE"]))
import chat_server


def answer(told):
    told = told.rpartition("<<<")[2].partition(">>>")[0] if "<<<" in told else told.rpartition("Statements:")[2]
    lines = [line.strip() for line in told.strip().split("\n")]
    if not any(line.startswith("- ") for line in lines):
        return "Statements:\n" + "".join(f"- {s}\n" for s in re.split(r"(?<=\.) ", " ".join(lines[1:])))
    out = ""
    for i, statement in enumerate(line[2:] for line in lines if line.startswith("- ")):
        words = statement.rstrip(".").split()
        kinds = ["Why?", f"Is it true that {' '.join(words)}?", f"What about {words[-1]}?", f"{' '.join(words[:4])} what?"]
        out += f"Question: {kinds[(len(statement) + i) % 4]}\nAnswer: {statement}\n"
    return out


class Chat(chat_server.Chat):
    model = {"id": "scripted"}

    def do_POST(self):
        last = [m["content"] for m in self.asked()["messages"] if m["role"] == "user"][-1]
        self.say(answer(last.partition("\n\nBegin your answer")[0]), usage={"prompt_tokens": 1, "completion_tokens": 1})


chat_server.serve(Chat)
