import { createProgram } from "../../packages/advisor/src/cli/program/program.ts";

type Command = ReturnType<typeof createProgram>;
type Option = Command["options"][number];
type Argument = Command["registeredArguments"][number];

/** A command of the tree, with the texts that its help adds behind the lists. */
export interface DocumentedTree {
  /** Such as `farthing advice list`. */
  readonly name: string;
  readonly command: Command;
  readonly after: string;
}

/** The program and every command that help lists, parents first. */
export function commandTree(): readonly DocumentedTree[] {
  let written = "";
  const sink = { write: (text: string) => (written += text) };
  const program = createProgram(
    { env: {}, cwd: "/", home: "/", stdout: sink, stderr: sink, stdin: nothing(), now: () => 0 },
    () => undefined,
  );
  const afterOf = (command: Command): string => {
    written = "";
    command.outputHelp();
    return written.slice(command.helpInformation().length).trim();
  };
  const visit = (command: Command, name: string): DocumentedTree[] => [
    { name, command, after: afterOf(command) },
    ...shownCommands(command).flatMap((inner) => visit(inner, `${name} ${inner.name()}`)),
  ];
  return visit(program, program.name());
}

/** The reference of all commands as a Markdown document. */
export function commandReference(): string {
  const [program, ...commands] = commandTree();
  if (program === undefined) throw new Error("there is no program");
  return [
    "# Commands",
    [
      "Every command with its arguments and options, as `--help` says it. This page is written from the command line itself, by the",
      "package script `reference`; what commands print, field by field, is in [the command line](command-line.md).",
    ].join("\n"),
    table(
      ["command", "does"],
      commands.map(({ name, command }) => [link(name), command.description()]),
    ),
    textBlock(program.after),
    ...commands.flatMap(section),
    "",
  ].join("\n\n");
}

function section({ name, command, after }: DocumentedTree): readonly string[] {
  const options = [...command.createHelp().visibleOptions(command)].filter(({ long }) => long !== "--help");
  return [
    `## ${name}`,
    `${capitalised(command.description())}.`,
    textBlock(`${name} ${command.usage()}`),
    ...(command.registeredArguments.length === 0
      ? []
      : [
          table(
            ["argument", "given"],
            command.registeredArguments.map((argument) => [`\`${argument.name()}\``, givenWords(argument)]),
          ),
        ]),
    ...(options.length === 0
      ? []
      : [
          table(
            ["option", "meaning"],
            options.map((option) => [`\`${option.flags}\``, optionWords(option)]),
          ),
        ]),
    ...(after === "" ? [] : [textBlock(after)]),
  ];
}

function shownCommands(command: Command): readonly Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((inner) => inner.name() !== "help");
}

function givenWords({ required, variadic }: Argument): string {
  return `${required ? "always" : "if wanted"}${variadic ? ", once or more" : ""}`;
}

function optionWords({ description, argChoices, defaultValue, mandatory }: Option): string {
  const more = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.map(code).join(", ")}`]),
    ...(defaultValue === undefined || Array.isArray(defaultValue) ? [] : [`default: ${code(String(defaultValue))}`]),
    ...(mandatory ? ["always given"] : []),
  ];
  return [description, ...more].join("; ");
}

function code(text: string): string {
  return `\`${text}\``;
}

function link(name: string): string {
  return `[\`${name}\`](#${name.replaceAll(" ", "-")})`;
}

function textBlock(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

async function* nothing(): AsyncGenerator<string> {}
