"""Invented letters in MIMIC-IV-Note's form: the last has no instructions, one is of another kind."""
import csv, gzip

HOLDS = ["Your blood pressure was high.", "A scan of your head was normal.", "You were given fluids.",
         "Your kidneys recovered.", "An infection of the lung was treated."]
with gzip.open("discharge.csv.gz", "wt", newline="", encoding="utf-8") as f:
    out = csv.writer(f)
    out.writerow("note_id subject_id hadm_id note_type note_seq charttime storetime text".split())
    for i, fact in enumerate(HOLDS):
        text = f" \nName:  ___\n \nBrief Hospital Course:\nCourse number {i}. {fact}\n\n\n \nDischarge Instructions:\nDear Ms. ___,\n\nYou were admitted to the hospital. {fact}\n\nIt was a pleasure.\n\n\n \nFollowup Instructions:\n___\n"
        out.writerow([f"{i}-DS-1", i, 20000 + i, "DS", 1, "", "", text])
    out.writerow(["8-DS-1", 8, 20008, "DS", 1, "", "", "You were admitted to the hospital.\n\n\n\nNo other part.\n"])
    out.writerow(["9-DS-1", 9, 20009, "DS", 1, "", "", "An addendum.\n"])
