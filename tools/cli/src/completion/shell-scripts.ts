/** Each asks the tool itself what may stand there, so none has to be made anew when commands change. */
export const SHELL_SCRIPTS = {
  bash: `# slipway completion for bash: eval "$(slipway completion bash)"
_slipway() {
  local IFS=$'\\n'
  COMPREPLY=($(slipway __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _slipway slipway`,

  zsh: `#compdef slipway
# slipway completion for zsh: source <(slipway completion zsh)
_slipway() {
  local -a found
  local value text
  while IFS=$'\\t' read -r value text; do
    found+=("\${value//:/\\\\:}:$text")
  done < <(slipway __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe slipway found; else _files; fi
}
compdef _slipway slipway`,

  fish: `# slipway completion for fish: slipway completion fish | source
function __slipway_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  slipway __complete -- $before[2..-1] "$current" 2>/dev/null
end
complete -c slipway -a '(__slipway_complete)'`,
} as const;

export type Shell = keyof typeof SHELL_SCRIPTS;
export const SHELLS = Object.keys(SHELL_SCRIPTS) as readonly Shell[];
