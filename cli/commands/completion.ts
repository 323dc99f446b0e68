import { exitCodes } from "#core/exit-codes.ts";
import { commonOptions, type Parsed } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import type { Command, Commands } from "../command.ts";

const help = `Examples:
  cco completion bash > /etc/bash_completion.d/cco
  cco completion zsh > "\${fpath[1]}/_cco"
  cco completion fish > ~/.config/fish/completions/cco.fish

Prints a script that completes commands, their first words and their flags. It belongs to this version of cco: write it
again after an update.`;

const shells = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export const completionCommand: Command = {
  summary: "Print a completion script for bash, zsh or fish",
  help,
  options: {},
  verbs: Object.keys(shells),
  words: 1,
  run,
};

async function run({ output, positionals: [shell = ""] }: Parsed, commands: Commands): Promise<number> {
  if (!Object.hasOwn(shells, shell)) throw new CliError(exitCodes.usage, "name your shell", "bash, zsh or fish");
  output.data(shells[shell as keyof typeof shells](listWords(commands)));
  return exitCodes.ok;
}

interface Words {
  name: string;
  summary: string;
  verbs: readonly string[];
  flags: readonly string[];
}

function listWords(commands: Commands): Words[] {
  const shown = Object.entries(commands).filter(([, { isHidden }]) => !isHidden);
  return shown.map(([name, { summary, verbs = [], options }]) => ({
    name,
    summary,
    verbs,
    flags: Object.keys({ ...options, ...commonOptions }).map((flag) => `--${flag}`),
  }));
}

function bashScript(words: readonly Words[]): string {
  const cases = words.map(
    ({ name, verbs, flags }) => `    ${name}) first="${verbs.join(" ")}"; flags="${flags.join(" ")}" ;;`,
  );
  return `_cco() {
  local word="\${COMP_WORDS[COMP_CWORD]}" first="" flags=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.map(({ name }) => name).join(" ")}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif [ "$COMP_CWORD" -eq 2 ] && [ -n "$first" ]; then COMPREPLY=($(compgen -W "$first" -- "$word"))
  else COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _cco cco`;
}

function zshScript(words: readonly Words[]): string {
  const names = words.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = words.map(({ name, verbs, flags }) => {
    const first = verbs.length > 0 ? `(( CURRENT == 3 )) && compadd -- ${verbs.join(" ")}; ` : "";
    return `    ${name}) ${first}[[ "$PREFIX" == -* ]] && compadd -- ${flags.join(" ")} ;;`;
  });
  return `#compdef cco
_cco() {
  local -a names
  names=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then _describe command names; return; fi
  case "\${words[2]}" in
${cases.join("\n")}
  esac
  [[ "$PREFIX" == -* ]] || _files
}
_cco "$@"`;
}

function fishScript(words: readonly Words[]): string {
  return words
    .flatMap(({ name, summary, verbs, flags }) => [
      `complete -c cco -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
      ...verbs.map((verb) => `complete -c cco -n '__fish_seen_subcommand_from ${name}' -a ${verb}`),
      ...flags.map((flag) => `complete -c cco -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`),
    ])
    .join("\n");
}

/** For single quotes of a shell. */
const quoted = (text: string): string => text.replaceAll("'", "’").replaceAll(":", "");
