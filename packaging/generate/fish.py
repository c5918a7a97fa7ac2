"""The fish completion: two small functions, and one ``complete`` line per thing on offer."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace

from generate.meanings import Meanings
from generate.tree import Command, Option, Value, one_line

_TEMPLATE = r"""# fish completion for @PROGRAM@. Made from its command tree by packaging/generate.
# Everything it offers is written here: no program runs while you type.

# Print the command that is being typed, such as "config show", then how many arguments of it are
# complete, then whether an option's value comes next; a line each.
function __@PROGRAM@_where
    set -l commands @COMMANDS@
    set -l valued @VALUED@
    set -l tokens (commandline -opc)
    set -l path
    set -l count 0
    set -l skip no
    set -l only_arguments no
    for token in $tokens[2..-1]
        if test $skip = yes
            set skip no
        else if test $only_arguments = yes
            set count (math $count + 1)
        else if test "$token" = --
            set only_arguments yes
        else if string match -q -- '-*' "$token"
            if contains -- "$token" $valued; or contains -- "$path $token" $valued
                set skip yes
            end
        else if contains -- (string join ' ' $path $token) $commands
            set path (string join ' ' $path $token)
        else
            set count (math $count + 1)
        end
    end
    echo "$path"
    echo $count
    echo $skip
end

# Whether one of the commands $argv is being typed.
function __@PROGRAM@_in
    set -l where (__@PROGRAM@_where)
    contains -- "$where[1]" $argv
end

# Whether an argument of command $argv[1] is being typed: number $argv[2], counted from 0, or any.
function __@PROGRAM@_at
    set -l where (__@PROGRAM@_where)
    test "$where[1]" = "$argv[1]"; and test $where[3] = no; or return
    test (count $argv) -eq 1; or test $where[2] = $argv[2]
end

# Never file names, unless a line below asks for them.
complete -c @PROGRAM@ -f

@LINES@
"""


def render_fish(root: Command, program: str) -> str:
    """The text of the completion file."""
    commands = list(root.walk())
    meanings = Meanings(root)
    # An option that several commands share is one line.
    places: dict[Option, list[str]] = {}
    for command in commands:
        for option in command.options:
            shown = replace(option, environment=())
            places.setdefault(shown, []).append(" ".join(command.path))
    lines = [line for command in commands for line in _argument_lines(command, program)]
    lines += [_option_line(program, paths, option) for option, paths in places.items()]
    words = {
        "COMMANDS": _list(" ".join(command.path) for command in commands if command.path),
        "VALUED": _list(key for key, value in meanings.by_key.items() if value),
        "LINES": "\n".join(lines),
        "PROGRAM": program,
    }
    text = _TEMPLATE
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text


def _quote(text: str) -> str:
    # Inside fish's single quotes only the backslash and the quote itself need a backslash.
    if shlex.quote(text) == text:
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _list(words: Iterable[str]) -> str:
    return " ".join(_quote(word) for word in words)


def _argument_lines(command: Command, program: str) -> list[str]:
    path = _quote(" ".join(command.path))
    at = f"complete -c {program} -n " + _quote(f"__{program}_at {path} 0")
    lines = [
        f"{at} -a {_quote(child.path[-1])} -d {_quote(child.summary)}" for child in command.commands
    ]
    for index, argument in enumerate(command.arguments):
        if offer := _offer(argument.value):
            call = f"__{program}_at {path}" + ("" if argument.repeatable else f" {index}")
            lines.append(f"complete -c {program} -n {_quote(call)} {offer}")
    return lines


def _offer(value: Value) -> str:
    if value.choices:
        return f"-a {_quote(' '.join(value.choices))}"
    if value.is_path:
        return "-a '(__fish_complete_directories)'" if value.is_folder else "-F"
    return ""


def _option_line(program: str, paths: list[str], option: Option) -> str:
    line = f"complete -c {program} -n {_quote(f'__{program}_in {_list(paths)}')} "
    for name in option.all_names:
        line += f"-l {name[2:]} " if name.startswith("--") else f"-s {name[1:]} "
    if option.value:
        # -r: a value follows. Without -f the shell would offer file names for it.
        offer = _offer(option.value)
        line += f"-r {offer} " if offer == "-F" else f"-r -f {offer} ".replace("  ", " ")
    return f"{line}-d {_quote(one_line(option.help))}"
