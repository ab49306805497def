// <task-page> around a task that stands on a page of its own, without a desk behind it: once the task is done its form is
// gone, so that nothing is sent twice, and [data-after] says where to go. The toast with its undo stays.

export class TaskPage extends HTMLElement {
  connectedCallback() {
    document.addEventListener("close-dialog", this.#done);
  }

  disconnectedCallback() {
    document.removeEventListener("close-dialog", this.#done);
  }

  #done = () => {
    this.querySelector("[data-task]")?.remove();
    const after = this.querySelector("[data-after]");
    if (!(after instanceof HTMLElement)) return;
    after.hidden = false;
    after.querySelector("a")?.focus();
  };
}

customElements.define("task-page", TaskPage);
