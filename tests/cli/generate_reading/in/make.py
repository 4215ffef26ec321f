"""An export as hospitals make them: semicolons, cp1252, other names; and one with a row that lost its closing quote."""
import csv, gzip

with open("export.csv", "w", newline="", encoding="cp1252") as f:
    out = csv.writer(f, delimiter=";")
    out.writerow(["Fall", "Brief"])
    for i in range(4):
        out.writerow([i, f"Diagnose:\nGrippe; sonst nichts\n\nEpikrise:\nÜber Nacht abgefiebert, Fall {i}.\n"])
with gzip.open("broken.csv.gz", "wt", newline="", encoding="utf-8") as f:
    f.write("note_id,subject_id,hadm_id,note_type,note_seq,charttime,storetime,text\n")
    for i in range(300):
        text = f"You were admitted to the hospital.\n\n\n\nDischarge Instructions:\nDear ___,\nLetter {i} said \"\"hello\"\".\n"
        f.write(f"{i}-DS-1,{i},{9000 + i},DS,1,,,\"{text}" + ("\n" if i == 150 else "\"\n"))
with open("diagnoses.csv", "w") as f:
    f.write("hadm_id,seq_num,icd_code,icd_version\n" + "".join(f"{9000 + i},1,4280,9\n" for i in range(300)))
