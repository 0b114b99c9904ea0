/// The shells whose command lines bgrun can complete; each script asks `bgrun completions words`.
enum CompletionScript: String, CaseIterable {
  case bash
  case zsh
  case fish

  /// How to use it, for the help.
  var use: String {
    switch self {
    case .bash: "bgrun completions bash > ~/.local/share/bash-completion/completions/bgrun"
    case .zsh: "bgrun completions zsh > ~/.zfunc/_bgrun     # a folder of $fpath"
    case .fish: "bgrun completions fish > ~/.config/fish/completions/bgrun.fish"
    }
  }

  var text: String {
    switch self {
    case .bash: Self.bashText
    case .zsh: Self.zshText
    case .fish: Self.fishText
    }
  }

  // Bash breaks words at `=` and replaces only what follows it.
  private static let bashText = #"""
    _bgrun() {
      local line=${COMP_LINE:0:COMP_POINT} words IFS=$' \t\n'
      read -ra words <<<"$line"
      [[ $line == *[[:space:]] ]] && words+=("")
      local current=${words[${#words[@]}-1]}
      IFS=$'\n'
      COMPREPLY=($(bgrun completions words -- "${words[@]:1}" 2>/dev/null | cut -f 1))
      if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
      if [[ $current == *=* ]]; then COMPREPLY=("${COMPREPLY[@]#"${current%=*}="}"); fi
    }
    complete -o default -F _bgrun bgrun

    """#

  private static let zshText = #"""
    #compdef bgrun
    _bgrun() {
      local -a lines entries open
      local line
      lines=("${(@f)$(bgrun completions words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
      for line in $lines; do
        local entry="${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}"
        if [[ ${line%%$'\t'*} == *= ]]; then open+=("$entry"); else entries+=("$entry"); fi
      done
      if (( $#entries + $#open )); then
        _describe bgrun entries -- open -S ''
      else
        _files
      fi
    }
    if [[ $funcstack[1] == _bgrun ]]; then _bgrun "$@"; else compdef _bgrun bgrun; fi

    """#

  // Without words of its own, it offers files, as the other two do.
  private static let fishText = #"""
    function __bgrun_words
        set --local words (bgrun completions words -- (commandline --cut-at-cursor --tokenize)[2..] \
            (commandline --cut-at-cursor --current-token) 2>/dev/null)
        if set --query words[1]
            printf '%s\n' $words
        else
            __fish_complete_path (commandline --cut-at-cursor --current-token)
        end
    end
    complete --command bgrun --no-files --arguments '(__bgrun_words)'

    """#
}
