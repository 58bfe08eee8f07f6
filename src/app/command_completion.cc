// epochcost completion bash|zsh|fish: prints a completion script, made from the commands and
// options that the program itself declares.

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iostream>
#include <string>
#include <vector>

#include "app/context.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

struct Choice {
  std::string word;
  std::string sentence;
};

struct Command {
  Choice name;                  // "price set"; empty for the program itself
  std::vector<Choice> choices;  // subcommands and options
};

// The first line, without what shells would read as their own.
std::string Plain(const std::string& text) {
  std::string plain;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c == '\'' || c == '"' || c == '`' || c == '$' || c == '\\' || c == '[' || c == ']')
      continue;
    plain += c == ':' ? ',' : c;
  }
  return plain;
}

std::vector<const CLI::App*> VisibleCommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

// `app` and everything below it, outermost first.
void Collect(const CLI::App& app, const std::string& name, std::vector<Command>& out) {
  Command command{{name, Plain(app.get_description())}, {}};
  const std::vector<const CLI::App*> below = VisibleCommands(app);
  for (const CLI::App* sub : below) {
    command.choices.push_back({sub->get_name(), Plain(sub->get_description())});
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    for (const std::string& word : option->get_lnames()) {
      command.choices.push_back({"--" + word, Plain(option->get_description())});
    }
  }
  out.push_back(std::move(command));
  for (const CLI::App* sub : below) {
    Collect(*sub, name.empty() ? sub->get_name() : name + " " + sub->get_name(), out);
  }
}

std::string Words(const Command& command) {
  std::string words;
  for (const Choice& choice : command.choices) words += (words.empty() ? "" : " ") + choice.word;
  return words;
}

// The names of all commands between bars: "||run|price|price set|". Both scripts extend what they
// take for the command by a word while the result is one of these.
std::string Known(const std::vector<Command>& commands) {
  std::string known = "|";
  for (const Command& command : commands) known += command.name.word + "|";
  return known;
}

std::string Bash(const std::vector<Command>& commands) {
  std::string cases;
  for (const Command& command : commands) {
    cases += fmt::format("    '{}') choices='{}' ;;\n", command.name.word, Words(command));
  }
  return fmt::format(R"(# bash completion of epochcost
_epochcost() {{
  local known='{}' word at='' choices='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    if [ "$word" = -- ]; then
      _command_offset $((i + 1)) 2>/dev/null
      return
    fi
    case $known in *"|${{at:+$at }}$word|"*) at="${{at:+$at }}$word" ;; esac
  done
  case $at in
{}  esac
  COMPREPLY=($(compgen -W "$choices" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _epochcost epochcost
)",
                     Known(commands), cases);
}

std::string Zsh(const std::vector<Command>& commands) {
  std::string cases;
  for (const Command& command : commands) {
    cases += fmt::format("    '{}') choices=(", command.name.word);
    for (const Choice& choice : command.choices) {
      cases += fmt::format(" '{}:{}'", choice.word, choice.sentence);
    }
    cases += " ) ;;\n";
  }
  return fmt::format(R"(#compdef epochcost
_epochcost() {{
  local known='{}' word at='' i
  local -a choices
  for ((i = 2; i < CURRENT; i++)); do
    word=${{words[i]}}
    if [[ $word == -- ]]; then
      words=("${{(@)words[i+1,-1]}}")
      (( CURRENT -= i ))
      _normal
      return
    fi
    [[ $known == *"|${{at:+$at }}$word|"* ]] && at="${{at:+$at }}$word"
  done
  case $at in
{}  esac
  _describe 'epochcost' choices || _files
}}
_epochcost "$@"
)",
                     Known(commands), cases);
}

std::string Fish(const std::vector<Command>& commands) {
  std::string script = "# fish completion of epochcost\n";
  for (const Command& command : commands) {
    const std::string& path = command.name.word;
    const std::size_t space = path.rfind(' ');
    const std::string condition =
        path.empty() ? "__fish_use_subcommand"
                     : "__fish_seen_subcommand_from " +
                           (space == std::string::npos ? path : path.substr(space + 1));
    for (const Choice& choice : command.choices) {
      const bool is_option = choice.word.starts_with("--");
      script += fmt::format("complete -c epochcost -n '{}' {} '{}' -d '{}'\n", condition,
                            is_option ? "-l" : "-f -a",
                            is_option ? choice.word.substr(2) : choice.word, choice.sentence);
    }
  }
  return script;
}

}  // namespace

void AddCompletion(CLI::App& app, Context& context) {
  CLI::App* const completion =
      app.add_subcommand("completion", Say("Print a completion script for bash, zsh or fish"));
  completion->footer(
      Say("examples:\n"
          "  epochcost completion bash > ~/.local/share/bash-completion/completions/epochcost\n"
          "  epochcost completion zsh > ~/.zfunc/_epochcost\n"
          "  epochcost completion fish > ~/.config/fish/completions/epochcost.fish"));
  const auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, Say("bash, zsh or fish"))
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&app, &context, shell] {
    std::vector<Command> commands;
    Collect(app, "", commands);
    std::cout << (*shell == "bash"  ? Bash(commands)
                  : *shell == "zsh" ? Zsh(commands)
                                    : Fish(commands));
    std::cout.flush();
    context.exit_code = std::cout ? 0 : 1;
  });
}

}  // namespace epochcost::app
