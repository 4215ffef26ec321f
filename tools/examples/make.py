#!/usr/bin/env python3
"""Writes examples/ from the invented texts beside this file. Standard library only, deterministic.

  tools/examples/make.py [FOLDER]        (default: examples/ of this checkout)
"""
import csv
import io
import json
import pathlib
import sys
import zipfile
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import letters  # noqa: E402
import longhealth  # noqa: E402
import mednli  # noqa: E402
import meqsum  # noqa: E402
import problemsummary  # noqa: E402

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PKG = "http://schemas.openxmlformats.org/package/2006"


def xlsx(header, rows):
    """One sheet with shared strings, as spreadsheet programs write it."""
    strings, index = [], {}

    def cell(ref, text):
        if text not in index:
            index[text] = len(strings)
            strings.append(text)
        return f'<c r="{ref}" t="s"><v>{index[text]}</v></c>'

    body = "".join(
        f'<row r="{r}">' + "".join(cell("ABCDEFG"[c] + str(r), v) for c, v in enumerate(row)) + "</row>"
        for r, row in enumerate([header, *rows], 1))
    files = {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PKG}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{PKG}/relationships"><Relationship Id="rId1" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="QS" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PKG}/relationships">'
        f'<Relationship Id="rId1" Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{XML}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>',
    }
    files["xl/sharedStrings.xml"] = (
        f'{XML}<sst xmlns="{MAIN}" count="{3 * (len(rows) + 1)}" uniqueCount="{len(strings)}">'
        + "".join(f'<si><t xml:space="preserve">{escape(s)}</t></si>' for s in strings) + "</sst>")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, text.encode())
    return out.getvalue()


def longhealth_object():
    out = {}
    for p, (name, birthday, diagnosis, texts, questions) in enumerate(longhealth.PATIENTS, 1):
        items = []
        for n, (question, options, letter, evidence) in enumerate(questions):
            right, rest = options[0], options[1:]
            place = "ABCDE".index(letter)
            ordered = rest[:place] + [right] + rest[place:]
            where = {}
            for doc, quote in evidence:
                text = texts[doc]
                assert text.count(quote) >= 1, (name, quote)
                at = text.index(quote)
                span = where.setdefault(f"text_{doc}", {"start": [], "end": []})
                span["start"].append(round(at / len(text), 3))
                span["end"].append(round((at + len(quote)) / len(text), 3))
            items.append({"No": n, "question": question,
                          **{f"answer_{c}": o for c, o in zip("abcde", ordered)},
                          "correct": right, "answer_location": where})
        out[f"patient_{p:02d}"] = {"texts": {f"text_{i}": t for i, t in enumerate(texts)}, "name": name,
                                   "birthday": birthday, "diagnosis": diagnosis, "questions": items}
    return out


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "examples"

    def write(path, data):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data.encode())

    def dump(value):
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"

    write("MedNLI/mli_test_v1.jsonl",
          "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in mednli.records()))
    write("MeQSum/MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx",
          xlsx(("File", "CHQ", "Summary"), meqsum.rows()))
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(problemsummary.rows())
    write("ProblemSummary/BioNLP2023-1A-Test.csv", table.getvalue())
    write("LongHealth/benchmark_v5.json", dump(longhealth_object()))
    write("MeDiSumQA/MeDiSumQA.json", dump([
        {"note_id": f"9{i:07d}-DS-1", "discharge_summary": text, "Question": q, "Answer": a}
        for i, (text, _, pairs) in enumerate(letters.LETTERS) for q, a in pairs]))
    write("MeDiSumCode/MeDiSumCode.json", dump([
        {"hadm_id": str(99000000 + i), "text": text,
         "icd_codes": [{"code": c, "description": d} for c, d in codes]}
        for i, (text, codes, _) in enumerate(letters.LETTERS)]))


if __name__ == "__main__":
    main()
