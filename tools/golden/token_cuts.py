#!/usr/bin/env python3
"""Golden cases for cutting documents by tokens: what Hugging Face's tokenizers give for the same vocabularies.

    python3 -m venv v && v/bin/pip install transformers==4.46.3 gguf
    v/bin/python tools/golden/token_cuts.py LLAMA_CPP_SOURCES/models > tests/golden/token_cuts.jsonl

The vocabularies are the ggml-vocab-*.gguf of llama.cpp's sources; the tokenizers around them are put together
as the published tokenizer.json of Llama 3 (byte-level BPE) and Llama 2 (SentencePiece BPE) are. Each row:
vocab, text (an index into the texts below, which the test makes in the same way), n, count, and the SHA-256 of
decode(encode(text)[:n]).
"""
import hashlib, json, os, pathlib, sys

os.environ["HF_HUB_OFFLINE"] = "1"
import gguf
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def fields(path):
    out = {}
    for name, f in gguf.GGUFReader(str(path)).fields.items():
        if not name.startswith("tokenizer.ggml."):
            continue
        key, kind = name.split(".", 2)[2], f.types[-1]
        value = [bytes(f.parts[i]).decode() if kind == gguf.GGUFValueType.STRING else f.parts[i][0].item() for i in f.data]
        out[key] = value if f.types[0] == gguf.GGUFValueType.ARRAY else value[0]
    return out


def special(tok, d):
    tok.add_special_tokens([AddedToken(t, normalized=False, special=True) for t, k in zip(d["tokens"], d["token_type"]) if k == 3])


def bpe(path):
    d = fields(path)
    vocab = {t: i for i, t in enumerate(d["tokens"])}
    tok = Tokenizer(models.BPE(vocab, [tuple(m.split(" ")) for m in d["merges"]], ignore_merges=True))
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
                                                 pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    special(tok, d)
    bos = d["tokens"][d["bos_token_id"]]
    tok.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, d["bos_token_id"])])
    return PreTrainedTokenizerFast(tokenizer_object=tok, bos_token=bos, clean_up_tokenization_spaces=True)


def spm(path):
    d = fields(path)
    vocab, scores = {t: i for i, t in enumerate(d["tokens"])}, d["scores"]
    merges = []
    for piece, i in vocab.items():
        for cut in range(1, len(piece)):
            if piece[:cut] in vocab and piece[cut:] in vocab:
                merges.append((-scores[i], vocab[piece[:cut]], vocab[piece[cut:]], piece[:cut], piece[cut:]))
    merges.sort()
    tok = Tokenizer(models.BPE(vocab, [(a, b) for *_, a, b in merges], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tok.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    special(tok, d)
    tok.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tok, bos_token="<s>", clean_up_tokenization_spaces=False)


def texts():
    root = pathlib.Path(__file__).resolve().parents[2]
    out = ["", " ", "Fever .", "It 's \u201cfine\u201d , isn 't it ?", "  two  spaces\n\n\tand a tab", "Gr\u00f6\u00dfe 12,5 \u00b5g/dl \u2014 \u4e2d\u6587 \U0001F600\U0001F468\u200d\u2695\ufe0f",
           "1234567890 mg/kg\r\nI don't know; he 'd said : \" ok \" !", "caf\u00e9 cafe\u0301 \u00bd \u212b"]
    data = json.loads((root / "examples/LongHealth/benchmark_v5.json").read_text(encoding="utf-8"))
    for patient in data.values():
        if isinstance(patient, dict):
            out += patient["texts"].values()
    return out


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, make in (("llama-bpe", bpe), ("llama-spm", spm)):
        tok = make(folder / f"ggml-vocab-{name}.gguf")
        for i, text in enumerate(texts()):
            ids = tok.encode(text)
            few = range(len(ids) + 1) if len(ids) < 60 else [0, 1, 2, 3, 10, 50, len(ids) // 3, len(ids) // 2, len(ids) - 1, len(ids)]
            for n in few:
                head = tok.decode(ids[:n])
                print(json.dumps({"vocab": name, "text": i, "n": n, "count": len(ids), "sha256": hashlib.sha256(head.encode()).hexdigest()}))


if __name__ == "__main__":
    main()
