/* Search from the disk: browsers start no worker from a file, so the search script runs in a frame of the page instead. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.waiting = [];
      this.frame = frame;
      frame.onload = () => {
        const inside = frame.contentWindow;
        inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
        const script = inside.document.createElement("script");
        script.src = url;
        script.onload = () => {
          for (const data of this.waiting.splice(0)) this.deliver(data);
          this.postMessage = this.deliver;
        };
        inside.document.body.append(script);
      };
      frame.srcdoc = "<!doctype html><body></body>";
      document.documentElement.append(frame);
    }

    postMessage(data) {
      this.waiting.push(data);
    }

    deliver(data) {
      this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }

    terminate() {
      this.frame.remove();
    }
  };
}
