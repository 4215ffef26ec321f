"""Invented patients in the layout of LongHealth's benchmark file: letters, and questions about them.

A question gives the right option first; make.py moves it to its place. `evidence` are (document, quoted
words): their place in the document becomes `answer_location`.
"""

# name, birthday, diagnosis, [documents], [(question, [right, wrong x4], letter, [(document, quote)])]
PATIENTS = [
    ("Jürgen Übelacker", "1957-03-18", "Multiple myeloma", [
        """Dear colleague,

we report on your patient, Mr. Jürgen Übelacker, born on 03/18/1957, who was in our inpatient care from 02/04/2021 to 02/15/2021.

**Diagnosis:** Multiple myeloma, IgG kappa, ISS stage II
- Bone marrow biopsy of 02/05/2021: 45 % plasma cells
- Cytogenetics (FISH): t(11;14), no del(17p)
- Skeletal survey (low-dose CT): osteolytic lesions of T8, L2 and the left iliac crest

**Other diagnoses:** Arterial hypertension; Type 2 diabetes mellitus; Appendectomy 1974

**History:** Mr. Übelacker presented with back pain for four months and fatigue. His family doctor had found an anemia and a raised total protein.

**Physical examination:** 81 kg, 176 cm, tenderness over the lower thoracic spine, no neurological deficit.

**Laboratory:** Hb 9.4 g/dL, creatinine 1.4 mg/dL, calcium 2.71 mmol/L, IgG 48.2 g/L, β2-microglobulin 4.1 mg/L, albumin 36 g/L, LDH 198 U/L.

**Course:** The hypercalcemia was treated with fluids and one infusion of zoledronic acid 3.3 mg (dose adapted to renal function) after a dental check-up. The tumor board recommended induction with daratumumab, bortezomib, lenalidomide and dexamethasone (four cycles), followed by high-dose melphalan and autologous stem cell transplantation.

**Medication at discharge:** Ramipril 5 mg 1-0-0; Metformin was paused because of the renal function; Pantoprazole 40 mg 1-0-0; Aciclovir 400 mg 1-0-1; Cotrimoxazole 960 mg on Mon/Wed/Fri.

With kind regards
Dr. A. Nordlicht, Klinik am Silbersee (fictional)""",
        """Dear colleague,

we thank you for referring Mr. Jürgen Übelacker, born on 03/18/1957, whom we saw in our neurology outpatient clinic on 04/27/2021.

**Reason:** Tingling and burning of both feet since the second cycle of myeloma therapy.

**Findings:** Reflexes of the ankles absent on both sides. Vibration sense 4/8 at the big toes. No weakness. Nerve conduction: axonal sensory neuropathy of the legs. HbA1c 6.6 %, vitamin B12 normal.

**Assessment:** Painful sensory polyneuropathy, most likely caused by bortezomib; a contribution of diabetes is possible.

**Recommendation:** We suggest that bortezomib be given once instead of twice a week and in a lower dose (1.0 mg/m²). Pregabalin 75 mg 0-0-1, to be raised to 75 mg 1-0-1 after one week. Duloxetine would be the alternative if edema occurs.

Kind regards
Dr. M. Węgrzyn, Neurologie Talheim (fictional)""",
        """Dear colleague,

we report on the inpatient stay of Mr. Jürgen Übelacker, born on 03/18/1957, from 07/12/2021 to 08/03/2021.

**Diagnosis:** Multiple myeloma, very good partial response after four cycles of Dara-VRd
**Therapy:** High-dose melphalan 200 mg/m² on 07/14/2021, autologous transplantation of 4.8 × 10⁶ CD34+ cells/kg on 07/16/2021

**Course:** Neutropenia from day +5 to day +12. On day +7 fever of 39.1 °C; blood cultures grew Klebsiella pneumoniae, sensitive to meropenem, which was given for ten days. Oral mucositis grade 3, parenteral nutrition for six days. Platelets were transfused three times. Engraftment of neutrophils on day +12 and of platelets on day +15.

A maculopapular rash appeared under allopurinol and disappeared after it had been stopped; we recommend an entry in the allergy card.

**Medication at discharge:** Aciclovir 400 mg 1-0-1 for twelve months; Cotrimoxazole 960 mg Mon/Wed/Fri; Pantoprazole 40 mg 1-0-0; Pregabalin 75 mg 1-0-1; Ramipril paused (blood pressure 105/65 mmHg).

**Plan:** Response assessment on day +100, then maintenance with lenalidomide 10 mg. Vaccinations from month 6 on.

Kind regards
Prof. T. Ährenfeld, Transplantationszentrum Moorburg (fictional)""",
        """Dear colleague,

Mr. Jürgen Übelacker, born on 03/18/1957, came to our outpatient clinic on 10/26/2021 (day +102).

**Findings:** He feels well, ECOG 0, walks 5 km a day. Weight 76 kg. Hb 12.6 g/dL, leukocytes 4.4 G/L, platelets 168 G/L, creatinine 1.0 mg/dL, IgG 6.9 g/L, immunofixation negative. Bone marrow: < 1 % plasma cells, minimal residual disease negative (10⁻⁵).

**Assessment:** Stringent complete remission after autologous transplantation.

**Procedure:** Lenalidomide 10 mg daily as maintenance from 11/02/2021 on; with it aspirin 100 mg against thrombosis. Zoledronic acid every three months, altogether two years. Ramipril 2.5 mg was resumed. The burning of the feet has decreased; pregabalin was reduced to 75 mg in the evening. Metformin was resumed at 500 mg twice daily.

Kind regards
Dr. A. Nordlicht, Klinik am Silbersee (fictional)""",
    ], [
        ("Which cytogenetic change was found in Mr. Übelacker's bone marrow in February 2021?", ["t(11;14)", "del(17p)", "t(4;14)", "Gain of 1q", "No change"], "B", [(0, "Cytogenetics (FISH): t(11;14), no del(17p)")]),
        ("Why was the dose of zoledronic acid reduced in February 2021?", ["Because of the impaired renal function", "Because of a dental infection", "Because of hypocalcemia", "Because of an allergy", "Because of low body weight"], "A", [(0, "zoledronic acid 3.3 mg (dose adapted to renal function)")]),
        ("What did the neurologists consider the most likely cause of the tingling feet?", ["Bortezomib", "Diabetes mellitus", "Vitamin B12 deficiency", "Lenalidomide", "Spinal cord compression"], "D", [(1, "most likely caused by bortezomib")]),
        ("Which pathogen was found in the blood cultures after the transplantation?", ["Klebsiella pneumoniae", "Escherichia coli", "Staphylococcus epidermidis", "Pseudomonas aeruginosa", "Candida albicans"], "C", [(2, "blood cultures grew Klebsiella pneumoniae")]),
        ("To which drug did the patient react with a rash?", ["Allopurinol", "Cotrimoxazole", "Meropenem", "Pregabalin", "Aciclovir"], "E", [(2, "maculopapular rash appeared under allopurinol")]),
        ("How did the patient's body weight change between February and October 2021?", ["It fell by 5 kg", "It fell by 10 kg", "It rose by 5 kg", "It did not change", "It fell by 2 kg"], "A", [(0, "81 kg, 176 cm"), (3, "Weight 76 kg")]),
        ("Which of the following describes the course of metformin?", ["Paused in February 2021 and resumed in October 2021", "Given without a break", "Stopped for good in July 2021", "Started for the first time in October 2021", "Replaced by insulin in April 2021"], "B", [(0, "Metformin was paused because of the renal function"), (3, "Metformin was resumed at 500 mg twice daily")]),
        ("What was the response of the myeloma on day +102?", ["Stringent complete remission", "Very good partial response", "Complete remission", "Partial remission", "Progression"], "C", [(3, "Stringent complete remission after autologous transplantation")]),
    ]),
    ("Hannelore Fürstenbrück", "1944-11-02", "Aortic stenosis", [
        """Dear colleague,

thank you for referring Ms. Hannelore Fürstenbrück, born on 11/02/1944, who was in our care from 05/09/2022 to 05/13/2022.

**Diagnoses:**
- Severe calcified aortic stenosis: mean gradient 46 mmHg, valve area 0.7 cm², Vmax 4.3 m/s
- LVEF 55 %
- Coronary arteries without relevant stenosis (catheter of 05/11/2022)
- Chronic kidney disease stage G3b (eGFR 38 mL/min)
- COPD GOLD II
- Breast cancer on the right, breast-conserving surgery and radiotherapy in 2003

**History:** Dyspnea when climbing one flight of stairs for half a year, one syncope in the garden in April 2022.

**Course:** The heart team recommended transcatheter aortic valve implantation (TAVI) because of age, radiotherapy of the chest and COPD. CT: annulus perimeter 74 mm, access through the right femoral artery possible. Before and after contrast medium she received fluids; creatinine remained at 1.4 mg/dL.

**Medication:** Torasemide 10 mg 1-0-0; Bisoprolol 2.5 mg 1-0-0; Tiotropium 1 inhalation daily; Simvastatin 20 mg 0-0-1. **Allergy:** iodine-containing disinfectant (eczema).

Kind regards
Dr. O. Çelik, Herzzentrum Birkenau-Süd (fictional)""",
        """Dear colleague,

we report on Ms. Hannelore Fürstenbrück, born on 11/02/1944, inpatient from 06/20/2022 to 06/29/2022.

**Diagnosis:** Severe aortic stenosis
**Therapy:** Transfemoral TAVI with a self-expanding 26 mm prosthesis on 06/21/2022

**Course:** The implantation was done under conscious sedation. Directly afterwards a complete AV block appeared; because it persisted, a two-chamber pacemaker was implanted on 06/23/2022 (left side because of the radiotherapy on the right). Hematoma of the right groin, treated with a pressure bandage; Hb fell from 12.9 to 9.8 g/dL, no transfusion. Echo before discharge: mean gradient 8 mmHg, trace of paravalvular regurgitation.

**Medication:** Aspirin 100 mg 1-0-0; Torasemide 5 mg 1-0-0; Bisoprolol was stopped; Tiotropium; Simvastatin 20 mg 0-0-1.

Endocarditis prophylaxis before dental treatment is necessary. Pacemaker check in three months.

Kind regards
Dr. O. Çelik, Herzzentrum Birkenau-Süd (fictional)""",
        """Dear colleague,

Ms. Hannelore Fürstenbrück, born on 11/02/1944, attended our pacemaker clinic on 09/27/2022.

**Device check:** Battery 10.5 years. Atrial pacing 12 %, ventricular pacing 97 %. Thresholds 0.75 V and 0.5 V at 0.4 ms. The memory shows seven episodes of atrial fibrillation, the longest of 19 hours on 08/30/2022.

**Assessment:** Newly detected paroxysmal atrial fibrillation, CHA₂DS₂-VASc score of 3 (age, sex).

**Procedure:** Start of apixaban. Because of age below 80 years, weight 64 kg and creatinine of 1.4 mg/dL, the dose is 5 mg 1-0-1. Aspirin is stopped. Next check in six months.

Kind regards
Dr. P. Østergård, Praxis für Rhythmologie (fictional)""",
        """Dear colleague,

we report on Ms. Hannelore Fürstenbrück, born on 11/02/1944, in our inpatient care from 01/16/2023 to 01/24/2023.

**Diagnosis:** Acute exacerbation of COPD caused by influenza A

**Course:** She was admitted with fever of 38.7 °C and dyspnea; SpO₂ 86 % on room air. Oseltamivir (30 mg twice daily, adapted to the renal function) for five days, prednisolone 40 mg for five days, oxygen for four days. Chest X-ray without infiltrates. Blood glucose rose to 240 mg/dL under prednisolone and normalized without treatment. Echo: function of the prosthesis normal, mean gradient 9 mmHg.

Potassium was 3.1 mmol/L on admission and was substituted.

**Medication at discharge:** Apixaban 5 mg 1-0-1; Torasemide 5 mg 1-0-0; Tiotropium/Olodaterol 2 puffs daily (new); Simvastatin 20 mg 0-0-1; Potassium 40 mmol daily for one week.

**Recommendation:** yearly influenza vaccination, which she had missed in autumn 2022; pneumococcal vaccination.

Kind regards
Dr. K. Weißgerber, Lungenklinik Hohenstein (fictional)""",
    ], [
        ("What was the mean gradient over the aortic valve before the intervention?", ["46 mmHg", "43 mmHg", "8 mmHg", "55 mmHg", "38 mmHg"], "A", [(0, "mean gradient 46 mmHg")]),
        ("Why was a pacemaker implanted?", ["Persistent complete AV block after TAVI", "Sick sinus syndrome", "Syncope in April 2022", "Atrial fibrillation with slow rate", "Bradycardia caused by bisoprolol"], "E", [(1, "a complete AV block appeared; because it persisted, a two-chamber pacemaker was implanted")]),
        ("Why was the pacemaker placed on the left side?", ["Because of the earlier radiotherapy on the right", "Because of a thrombosis on the right", "Because she is right-handed", "Because of a hematoma on the right", "At the patient's wish"], "B", [(1, "left side because of the radiotherapy on the right"), (0, "Breast cancer on the right, breast-conserving surgery and radiotherapy in 2003")]),
        ("How long was the longest episode of atrial fibrillation in the memory of the device?", ["19 hours", "7 hours", "12 hours", "3 days", "97 minutes"], "C", [(2, "the longest of 19 hours")]),
        ("Which drug replaced aspirin in September 2022?", ["Apixaban", "Clopidogrel", "Rivaroxaban", "Phenprocoumon", "Dabigatran"], "D", [(2, "Start of apixaban")]),
        ("What caused the exacerbation of COPD in January 2023?", ["Influenza A", "Pneumococci", "Heart failure", "SARS-CoV-2", "RSV"], "A", [(3, "Acute exacerbation of COPD caused by influenza A")]),
        ("How did the mean gradient of the prosthesis change from June 2022 to January 2023?", ["From 8 to 9 mmHg", "From 9 to 8 mmHg", "From 46 to 8 mmHg", "From 8 to 19 mmHg", "It was not measured again"], "D", [(1, "mean gradient 8 mmHg"), (3, "mean gradient 9 mmHg")]),
        ("Which inhaled treatment was new in January 2023?", ["Tiotropium/Olodaterol", "Tiotropium", "Salbutamol", "Budesonide", "Glycopyrronium"], "B", [(3, "Tiotropium/Olodaterol 2 puffs daily (new)")]),
    ]),
    ("Zoë Marlène Háskova", "1996-07-30", "Crohn's disease", [
        """Dear colleague,

we report on Ms. Zoë Marlène Háskova, born on 07/30/1996, who was in our inpatient care from 03/02/2019 to 03/12/2019.

**Diagnosis:** Crohn's disease of the terminal ileum and the cecum, first diagnosis (A2 L3 B1)

**History:** Cramps in the right lower abdomen and four to six loose stools a day for five months; weight loss of 8 kg. Smokes ten cigarettes a day. An aunt has ulcerative colitis.

**Findings:** Colonoscopy: deep ulcers of the terminal ileum over 20 cm, aphthous lesions of the cecum. Histology: epithelioid granulomas. MRI: wall of 9 mm without stenosis or fistula. CRP 62 mg/L, calprotectin 1,840 µg/g, Hb 10.2 g/dL, ferritin 9 µg/L.

**Course:** Budesonide did not suffice, so prednisolone 60 mg was started and tapered by 10 mg per week. Two infusions of iron. Azathioprine was begun at 50 mg after a normal TPMT activity.

**Recommendation:** Stop smoking. Blood count weekly in the first month.

Kind regards
Dr. F. Löwenhaupt, Klinikum Grünthal (fictional)""",
        """Dear colleague,

Ms. Zoë Marlène Háskova, born on 07/30/1996, was admitted as an emergency from 05/06/2019 to 05/14/2019.

**Diagnosis:** Acute pancreatitis caused by azathioprine

**Course:** Six weeks after the start of azathioprine (last 100 mg daily) severe pain of the upper abdomen. Lipase 2,260 U/L; ultrasound without gallstones; triglycerides normal. Azathioprine was stopped on the day of admission; pain and lipase normalized within five days. 6-mercaptopurine must not be given either.

Because the Crohn's disease was still active (calprotectin 960 µg/g), infliximab 5 mg/kg was started on 05/13/2019 after exclusion of tuberculosis and hepatitis B.

Kind regards
Dr. F. Löwenhaupt, Klinikum Grünthal (fictional)""",
        """Dear colleague,

we saw Ms. Zoë Marlène Háskova, born on 07/30/1996, in our outpatient clinic on 11/18/2020.

**Findings:** Under infliximab every eight weeks she was well for a year. For three months again cramps and diarrhea shortly before each infusion. Infliximab trough level < 0.5 µg/mL, antibodies against infliximab high. Calprotectin 1,120 µg/g. She has stopped smoking since January 2020.

**Assessment:** Secondary loss of response caused by antibodies against the drug.

**Procedure:** Change to ustekinumab: 390 mg intravenously once (weight 63 kg), then 90 mg subcutaneously every eight weeks.

Kind regards
Dr. S. Ibáñez-Roßkopf, Ambulanz für CED (fictional)""",
        """Dear colleague,

we report on Ms. Zoë Marlène Háskova, born on 07/30/1996, inpatient from 09/05/2022 to 09/13/2022.

**Diagnosis:** Crohn's disease with fibrotic stenosis of the terminal ileum
**Therapy:** Laparoscopic ileocecal resection (24 cm) with side-to-side anastomosis on 09/06/2022

**Course:** Vomiting after meals since July 2022; MRI with a stenosis of 6 cm and dilatation before it to 4 cm, no abscess. The operation was without complications, bowel movement from day 3 on. Histology: fibrosis and active Crohn's disease, margins without inflammation. Thrombosis prophylaxis with tinzaparin for four weeks.

**Recommendation:** Continue ustekinumab, next dose four weeks after the operation. Colonoscopy after six months. Vitamin B12 should be checked every year.

Kind regards
PD Dr. H. Brückner-Ağaoğlu, Chirurgie Grünthal (fictional)""",
        """Dear colleague,

Ms. Zoë Marlène Háskova, born on 07/30/1996, came for the planned examination on 03/21/2023.

**Findings:** One formed stool a day, no pain, weight 66 kg. She is 15 weeks pregnant (due on 09/12/2023). Colonoscopy was therefore postponed; intestinal ultrasound: wall at the anastomosis of 2 mm, no sign of inflammation. Calprotectin 48 µg/g. Vitamin B12 178 ng/L.

**Assessment:** Remission after ileocecal resection. Vitamin B12 deficiency.

**Procedure:** Ustekinumab is to be continued, last dose before birth in week 30. Vitamin B12 1,000 µg i.m. monthly. Folic acid 0.8 mg daily. Live vaccines for the child not before the age of one year.

Kind regards
Dr. S. Ibáñez-Roßkopf, Ambulanz für CED (fictional)""",
    ], [
        ("Which drug caused the acute pancreatitis in May 2019?", ["Azathioprine", "Prednisolone", "Infliximab", "Budesonide", "Ustekinumab"], "C", [(1, "Acute pancreatitis caused by azathioprine")]),
        ("What did the histology of the first colonoscopy show?", ["Epithelioid granulomas", "Crypt abscesses", "Dysplasia", "Amyloid", "Normal mucosa"], "D", [(0, "Histology: epithelioid granulomas")]),
        ("Why did infliximab lose its effect?", ["Antibodies against infliximab", "She stopped taking it", "An abscess", "A dose that was too low for her weight", "A fibrotic stenosis"], "A", [(2, "Secondary loss of response caused by antibodies against the drug")]),
        ("How long was the resected piece of bowel?", ["24 cm", "20 cm", "6 cm", "4 cm", "42 cm"], "B", [(3, "Laparoscopic ileocecal resection (24 cm)")]),
        ("Since when has the patient not smoked?", ["January 2020", "March 2019", "November 2020", "September 2022", "She still smokes"], "E", [(2, "She has stopped smoking since January 2020")]),
        ("Why was the colonoscopy planned after the operation not done?", ["Because of pregnancy", "Because of a stenosis", "Because the patient declined", "Because of anticoagulation", "Because calprotectin was normal"], "A", [(4, "She is 15 weeks pregnant"), (4, "Colonoscopy was therefore postponed"), (3, "Colonoscopy after six months")]),
        ("Compare calprotectin at first diagnosis with that of March 2023.", ["1,840 µg/g against 48 µg/g", "960 µg/g against 48 µg/g", "1,120 µg/g against 178 µg/g", "1,840 µg/g against 178 µg/g", "62 µg/g against 48 µg/g"], "C", [(0, "calprotectin 1,840 µg/g"), (4, "Calprotectin 48 µg/g")]),
        ("Which deficiency was found in March 2023?", ["Vitamin B12", "Iron", "Folic acid", "Vitamin D", "Zinc"], "B", [(4, "Vitamin B12 deficiency")]),
    ]),
]
