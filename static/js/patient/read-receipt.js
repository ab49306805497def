/**
 * `<read-receipt>` around the form that says "I have read it": sends it by itself as soon as the page is looked at, so that
 * nobody has to press. Without scripts the button stays.
 */

export class ReadReceipt extends HTMLElement {
  connectedCallback() {
    this.hidden = true;
    document.addEventListener("visibilitychange", this.#look);
    void this.#look();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#look);
  }

  #look = async () => {
    const form = this.querySelector("form");
    if (!form || document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", this.#look);
    const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    // A lost receipt is sent again with the next message or page: nothing depends on it.
    await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => undefined);
  };
}

customElements.define("read-receipt", ReadReceipt);
