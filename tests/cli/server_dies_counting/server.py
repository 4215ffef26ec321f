"""A chat server that counts tokens as llama-server does; its first life ends with the first count after an answer."""
import os, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.environ["CASE"]))
import chat_server

answers = 0


class Chat(chat_server.Chat):
    model = {"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 16384}}

    def do_POST(self):
        global answers
        request = self.asked()
        if self.path == "/tokenize":
            if answers and sys.argv[1] == "one":
                os._exit(0)
            return self.reply({"tokens": list(range(len(request["content"].split())))})
        if self.path == "/detokenize":
            return self.reply({"content": "word " * len(request["tokens"])})
        answers += 1
        self.say("neutral")


chat_server.serve(Chat)
