import "@/styles/tokens.css";
import "@/styles/page.css";
import "@/theme";
import { render } from "preact";
import { App } from "@/app";

const root = document.getElementById("app");
if (root) render(<App />, root);
