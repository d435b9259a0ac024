// What our HTML has to be.
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const validator = new HtmlValidate(
  new StaticConfigLoader({
    root: true,
    extends: ["html-validate:recommended", "html-validate:a11y"],
    rules: {
      "long-title": "off", // The department's own name is as long as it is.
      "tel-non-breaking": "off", // For one language's typography.
      "require-sri": "off", // Our own style sheet, from our own folder.
    },
  }),
);

// One sentence for each thing that is wrong with the page.
export async function problemsOf(text, file) {
  const report = await validator.validateString(text, file);
  return report.results.flatMap((result) =>
    result.messages.map(
      (message) => `${message.line}:${message.column} ${message.ruleId}: ${message.message}`,
    ),
  );
}
