import { useEffect, useState } from "preact/hooks";
import { answer, api, Problem, told } from "@/api/client";
import { Button } from "@/components/button";
import { Check, TextField } from "@/components/field";
import { account, keep, storageUrl, token } from "@/session";
import "./signin.css";

const AGAIN_MS = 2000;

/** Learn who a token belongs to and where the storage is. Raises Problem. */
async function enter(): Promise<void> {
  const [who, settings] = await Promise.all([answer(api.GET("/info")), answer(api.GET("/settings"))]);
  storageUrl.value = settings.storage;
  account.value = who;
}

/** The way in: a token that is known already is tried first. */
export function SignIn() {
  const [value, setValue] = useState("");
  const [remember, setRemember] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(Boolean(token.value));

  const attempt = async () => {
    setBusy(true);
    try {
      await enter();
    } catch (error) {
      setProblem(
        error instanceof Problem && error.status === 401 ? "This token is not known here." : told(error),
      );
      if (error instanceof Problem && error.status === 0)
        setTimeout(() => token.value && attempt(), AGAIN_MS);
    }
    setBusy(false);
  };
  useEffect(() => {
    document.title = "Sign in · Stokehold";
    if (token.value) attempt();
  }, []);

  const submit = (event: Event) => {
    event.preventDefault();
    keep(value.trim(), remember);
    attempt();
  };
  return (
    <main class="signin">
      <form onSubmit={submit} class="stack">
        <div class="signin-name">
          <img src="./favicon.svg" alt="" width="44" height="44" />
          <h1>Stokehold</h1>
        </div>
        <TextField
          label="API token"
          type="password"
          name="token"
          autocomplete="current-password"
          required
          autofocus
          value={value}
          change={setValue}
          problem={problem}
          hint={
            <>
              On the machine of the server, <code>stoke ui</code> prints a link that signs you in.
            </>
          }
        />
        <Check label="Stay signed in on this device" checked={remember} change={setRemember} />
        <Button kind="main" type="submit" busy={busy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
