"""Invented MedNLI-like pairs: a line of a note, and one sentence for each of the three relations."""

# (premise, entailed, neutral, contradicted)
PREMISES = [
    ("On arrival the patient was febrile to 39.2 °C with rigors and a blood pressure of 84/50 mmHg.",
     "The patient had a fever.",
     "The blood cultures grew Escherichia coli.",
     "The patient was normotensive on arrival."),
    ("She denies chest pain, palpitations or shortness of breath, but reports bilateral ankle swelling.",
     "The patient has peripheral edema.",
     "The patient has congestive heart failure.",
     "The patient complains of dyspnea."),
    ("CT of the head without contrast showed no acute intracranial hemorrhage.",
     "There was no acute bleeding in the brain on imaging.",
     "The patient was taking an anticoagulant.",
     "Imaging revealed an acute subdural hematoma."),
    ("He has a 40 pack-year smoking history and quit ten years ago.",
     "The patient is a former smoker.",
     "The patient has COPD.",
     "The patient has never smoked."),
    ("Creatinine rose from 0.9 to 3.4 mg/dL after two days of vomiting and poor oral intake.",
     "The patient's renal function worsened.",
     "The patient required dialysis.",
     "The patient's kidney function remained stable."),
    ("Following intubation for hypoxic respiratory failure, he was weaned from the ventilator on day 5.",
     "The patient needed mechanical ventilation.",
     "The patient had aspiration pneumonia.",
     "The patient was breathing room air throughout his stay."),
    ("HbA1c was 11.3 %; insulin glargine 18 units at bedtime was started before discharge.",
     "The patient's diabetes was poorly controlled.",
     "The patient has diabetic retinopathy.",
     "The patient was discharged on no treatment for diabetes."),
    ("Mrs. Grünwald-Öz underwent an uncomplicated laparoscopic cholecystectomy on hospital day 2.",
     "The patient's gallbladder was removed.",
     "The patient had pancreatitis caused by gallstones.",
     "The patient was managed without surgery."),
    ("The infant was born at 29 weeks' gestation weighing 1,180 g and received one dose of surfactant.",
     "The infant was premature.",
     "The mother received antenatal steroids.",
     "The infant was born at term."),
]

FIRST_LABELS = ("entailment", "neutral", "contradiction")


def records():
    """Three pairs for each premise; the order of the three relations rotates from premise to premise."""
    out = []
    for i, (premise, *hypotheses) in enumerate(PREMISES):
        for k in range(3):
            j = (i + k) % 3
            out.append({
                "gold_label": FIRST_LABELS[j],
                "pairID": f"00000000-0000-4000-8000-{3 * i + k + 1:012d}",
                "sentence1": premise,
                "sentence2": hypotheses[j],
                "sentence1_parse": "(ROOT ...)",
                "sentence1_binary_parse": "( ... )",
                "sentence2_parse": "(ROOT ...)",
                "sentence2_binary_parse": "( ... )",
            })
    return out
