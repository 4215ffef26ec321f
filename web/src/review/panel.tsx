// The right side: question and answer (or a model's answer), what is decided, and the forms.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Decision, Item, Set } from "./api";
import type { Words } from "./words";

export type Decide = (decision: Partial<Decision>) => void;
export type Form = "none" | "edit" | "reject";

interface Props {
  words: Words;
  set: Set;
  item: Item;
  form: Form;
  open: (form: Form) => void;
  decide: Decide;
}

function Decided({ words, decision }: { words: Words; decision: Decision }) {
  const ratings = Object.entries(decision.ratings);
  return (
    <div class={`decided ${decision.action}`}>
      <b>{words.decided[decision.action] ?? decision.action}</b>
      {decision.who && <span> · {decision.who}</span>}
      {ratings.length > 0 && <span> · {ratings.map(([scale, n]) => `${words.scales[scale] ?? scale} ${n}`).join(", ")}</span>}
      {decision.reason && <p>{decision.reason}</p>}
      {decision.action === "edit" && (
        <p>
          <i>{decision.question}</i>
          <br />
          {decision.answer}
        </p>
      )}
    </div>
  );
}

function EditForm({ words, item, open, decide }: Props) {
  const [question, set_question] = useState(item.own?.question || item.question);
  const [answer, set_answer] = useState(item.own?.answer || item.answer);
  const first = useRef<HTMLTextAreaElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        decide({ action: "edit", question, answer });
      }}
    >
      <label>
        {words.question}
        <textarea ref={first} rows={3} value={question} onInput={(e) => set_question(e.currentTarget.value)} />
      </label>
      <label>
        {words.answer}
        <textarea rows={5} value={answer} onInput={(e) => set_answer(e.currentTarget.value)} />
      </label>
      <button class="primary" disabled={!question.trim() || !answer.trim()}>{words.save}</button>
      <button type="button" onClick={() => open("none")}>{words.cancel}</button>
    </form>
  );
}

function RejectForm({ words, item, open, decide }: Props) {
  const [reason, set_reason] = useState(item.own?.action === "reject" ? item.own.reason : "");
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        decide({ action: "reject", reason });
      }}
    >
      <fieldset>
        <legend>{words.reason}</legend>
        {words.reasons.map((text, i) => (
          <label class="choice" key={text}>
            <input ref={i === 0 ? first : undefined} type="radio" name="reason" checked={reason === text} onChange={() => set_reason(text)} /> {text}
          </label>
        ))}
        <label>
          {words.own_reason}
          <textarea rows={2} value={words.reasons.includes(reason) ? "" : reason} onInput={(e) => set_reason(e.currentTarget.value)} />
        </label>
      </fieldset>
      <button class="primary" disabled={!reason.trim()}>{words.save}</button>
      <button type="button" onClick={() => open("none")}>{words.cancel}</button>
    </form>
  );
}

function RateForm({ words, set, item, decide }: Props) {
  const [ratings, set_ratings] = useState<Record<string, number>>(item.own?.ratings ?? {});
  const [reason, set_reason] = useState(item.own?.reason ?? "");
  const whole = set.scales.every((scale) => ratings[scale]);
  const save = () => whole && decide({ action: "rate", ratings, reason });
  // Digits fill the scales in turn, S saves. Listening is renewed before the next paint, so that quick
  // typing never meets a listener with old ratings.
  useLayoutEffect(() => {
    const on_key = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || (e.target as HTMLElement).closest?.("textarea")) return;
      if (e.key >= "1" && e.key <= "5") {
        const scale = set.scales.find((s) => !ratings[s]);
        if (scale) set_ratings({ ...ratings, [scale]: Number(e.key) });
      } else if (e.key === "s") {
        save();
      }
    };
    addEventListener("keydown", on_key);
    return () => removeEventListener("keydown", on_key);
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        save();
      }}
    >
      {set.scales.map((scale) => (
        <fieldset class="scale" key={scale}>
          <legend>{words.scales[scale] ?? scale}</legend>
          {[1, 2, 3, 4, 5].map((n) => (
            <label key={n} class={ratings[scale] === n ? "on" : ""}>
              <input type="radio" name={scale} checked={ratings[scale] === n} onChange={() => set_ratings({ ...ratings, [scale]: n })} />
              {n}
            </label>
          ))}
        </fieldset>
      ))}
      <p class="hint">{words.scale_ends}</p>
      <label>
        {words.remark}
        <textarea rows={2} value={reason} onInput={(e) => set_reason(e.currentTarget.value)} />
      </label>
      <button class="primary" disabled={!whole}>{words.save}</button>
    </form>
  );
}

export function Panel(props: Props) {
  const { words, set, item, form, open, decide } = props;
  const pairs = set.kind === "pairs";
  return (
    <section class="panel" aria-label={pairs ? words.question : words.output}>
      {pairs && (
        <>
          <h2>{words.question}</h2>
          <p class="text">{item.question}</p>
        </>
      )}
      <h2>{pairs ? words.answer : words.output}</h2>
      <p class="text">{item.answer}</p>
      {item.reference && (
        <>
          <h2>{words.reference}</h2>
          <p class="text soft">{item.reference}</p>
        </>
      )}
      {item.others.length > 0 && (
        <div class="others">
          <h2>{words.others}</h2>
          {item.others.map((d) => <Decided key={d.who} words={words} decision={d} />)}
        </div>
      )}
      {item.own && <Decided words={words} decision={item.own} />}
      {!pairs && <RateForm {...props} key={item.id} />}
      {pairs && form === "edit" && <EditForm {...props} key={item.id} />}
      {pairs && form === "reject" && <RejectForm {...props} key={item.id} />}
      {pairs && form === "none" && (
        <div class="actions">
          <button class="accept" onClick={() => decide({ action: "accept" })}>{words.accept}</button>
          <button class="edit" onClick={() => open("edit")}>{words.edit}</button>
          <button class="reject" onClick={() => open("reject")}>{words.reject}</button>
        </div>
      )}
    </section>
  );
}
