import "./fonts.css";
import "./style.css";
import { render } from "preact";
import { App } from "./app";
import { load_report } from "./load";

const place = document.getElementById("app")!;

load_report().then(
  (report) => {
    place.textContent = "";
    render(<App first={report} />, place);
  },
  (error: Error) => {
    place.textContent = error.message;
  },
);
