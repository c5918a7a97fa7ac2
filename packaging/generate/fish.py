"""The fish completion: two small functions, and one ``complete`` line per thing on offer."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from generate.tree import Command, Option, Value, one_line, own_options

_TEMPLATE = r"""# fish completion for @PROGRAM@. Made from its command tree by packaging/generate.
# Everything it offers is written here: no program runs while you type.

# Print the command that is being typed, such as "config show", and on a second line how many
# arguments of it are complete.
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
end

# Whether command $argv[1] is being typed and, when there is a $argv[2], that argument of it.
function __@PROGRAM@_at
    set -l where (__@PROGRAM@_where)
    test "$where[1]" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; or test "$where[2]" = "$argv[2]"
end

# Never file names, unless a line below asks for them.
complete -c @PROGRAM@ -f

@LINES@
"""


def render_fish(root: Command, program: str) -> str:
    """The text of the completion file."""
    below = [command for command in root.walk() if command.path]
    valued = [name for option in root.options if option.value for name in option.all_names]
    valued += [
        f"{' '.join(command.path)} {name}"
        for command in below
        for option in own_options(root, command)
        if option.value
        for name in option.all_names
    ]
    lines = [_option_line(program, "", option) for option in root.options]
    for command in root.walk():
        lines += _command_lines(root, command, program)
    text = _TEMPLATE.replace("@COMMANDS@", _list(" ".join(command.path) for command in below))
    text = text.replace("@VALUED@", _list(valued)).replace("@LINES@", "\n".join(lines))
    return text.replace("@PROGRAM@", program)


def _quote(text: str) -> str:
    # Inside fish's single quotes only the backslash and the quote itself need a backslash.
    if shlex.quote(text) == text:
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _list(words: Iterable[str]) -> str:
    return " ".join(_quote(word) for word in words)


def _condition(program: str, command: Command, index: int | None = None) -> str:
    call = f"__{program}_at {_quote(' '.join(command.path))}"
    if index is not None:
        call += f" {index}"
    return f"-n {_quote(call)}"


def _command_lines(root: Command, command: Command, program: str) -> list[str]:
    lines = [
        f"complete -c {program} {_condition(program, command, 0)}"
        f" -a {_quote(child.path[-1])} -d {_quote(child.summary)}"
        for child in command.commands
    ]
    for index, argument in enumerate(command.arguments):
        if offer := _offer(argument.value):
            at = _condition(program, command, None if argument.repeatable else index)
            lines.append(f"complete -c {program} {at} {offer}")
    at = _condition(program, command)
    lines += [_option_line(program, f"{at} ", option) for option in own_options(root, command)]
    return lines


def _offer(value: Value) -> str:
    if value.choices:
        return f"-a {_quote(' '.join(value.choices))}"
    if value.is_path:
        return "-a '(__fish_complete_directories)'" if value.is_folder else "-F"
    return ""


def _option_line(program: str, condition: str, option: Option) -> str:
    line = f"complete -c {program} {condition}"
    for name in option.all_names:
        line += f"-l {name[2:]} " if name.startswith("--") else f"-s {name[1:]} "
    if option.value:
        # -r: a value follows; without -f the shell would offer file names for it.
        line += "-r "
        line += _offer(option.value) if option.value.is_path else f"-f {_offer(option.value)}"
        line = line.rstrip() + " "
    return f"{line}-d {_quote(one_line(option.help))}"
