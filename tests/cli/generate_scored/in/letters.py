"""Twelve invented letters in MIMIC-IV-Note's form, three statements in each."""
import csv, gzip

FACTS = """You came to the hospital because of a high fever.
An X-ray showed an infection of your left lung.
You were given antibiotics through the vein.
Your heart was beating too fast and out of rhythm.
You received a pill that slows the heart down.
An ultrasound of your heart looked normal.
You fell at home and broke your right hip.
The surgeons repaired the broken hip with a nail.
You walked with a frame on the second day.
Your kidneys were hurt because you had drunk too little.
You were given fluids until your kidneys recovered.
The water tablets were stopped for the time being.
You had chest pain while climbing the stairs.
The blood tests ruled out a heart attack.
A stress test showed no narrowing of the vessels.
You noticed black stools for a week.
A camera test of the stomach found a bleeding ulcer.
The ulcer was closed with a clip.
Your sugar was very high when you arrived.
Insulin was started and your sugar came down.
A diabetes nurse showed you how to inject yourself.
You could not speak properly for an hour.
A scan of your head showed no stroke.
You were started on a small dose of aspirin.
Your breathing became worse over three days.
You needed oxygen through a mask at first.
Your breathing was back to normal on the day you left.
A stone blocked the duct of your gallbladder.
The stone was removed with a flexible tube.
Your skin turned yellow and then cleared again.
You had a painful swelling of the left leg.
A clot was found in a vein of your leg.
A blood thinner was started against the clot.
You were confused when the ambulance brought you in.
An infection of the bladder was the reason for it.
Your mind was clear again after two days.""".split("\n")

with gzip.open("discharge.csv.gz", "wt", newline="", encoding="utf-8") as f:
    out = csv.writer(f)
    out.writerow("note_id subject_id hadm_id note_type note_seq charttime storetime text".split())
    for i in range(0, len(FACTS), 3):
        told = " ".join(FACTS[i:i + 3])
        text = f" \nName:  ___\n \nBrief Hospital Course:\nCourse {i}. {told}\n\n\n \nDischarge Instructions:\nYou were admitted to the hospital.\n{told}\n\nIt was a pleasure.\n\n\n \nFollowup Instructions:\n___\n"
        out.writerow([f"{i}-DS-1", i, 20000 + i, "DS", 1, "", "", text])
