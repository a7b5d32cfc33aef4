/** `coequal NAME …`: what asks the running peer, with the flags that all such commands have. */
import type { Command } from 'commander';

export interface RemoteFlags {
  readonly home?: string;
  readonly json: boolean;
}

/** One more command of `parent`. By default: what `parent` alone does. */
export function remoteCommand(
  parent: Command,
  name: string,
  description: string,
  isDefault = false,
): Command {
  if (isDefault) parent.hook('preSubcommand', refuseUnknown);
  return parent
    .command(name, { isDefault })
    .description(description)
    .option('--home <DIR>', 'folder of the running peer (default: $COEQUAL_HOME)')
    .option('--json', 'print one JSON object a line on stdout', false);
}

/** Else a word that is no command would be one too many for the one that is meant without any. */
function refuseUnknown(parent: Command): void {
  const [word] = parent.args;
  if (word === undefined || word.startsWith('-')) return;
  if (parent.commands.some((each) => each.name() === word)) return;
  parent.error(`error: unknown command '${word}'`);
}
