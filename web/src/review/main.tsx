import "../fonts.css";
import "./review.css";
import { render } from "preact";
import { get, type Set } from "./api";
import { App } from "./app";

const place = document.getElementById("app")!;

get<Set>("set").then(
  (set) => {
    place.textContent = "";
    render(<App first={set} />, place);
  },
  (error: Error) => {
    place.textContent = error.message;
  },
);
