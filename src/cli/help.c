/* help, version and completion: what the program says of itself, from its tables. */
#include "cli/command.h"

bool command_help(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  if (cli->n_arguments == 0) {
    help_print_all(&out);
  } else {
    const struct command *command = command_find(cli->arguments[0]);
    if (command == NULL) {
      fail(err, ERROR_CONFIG, NOWHERE, "unknown command \"%s\"", cli->arguments[0]);
      return add_hint(err, "`crisol help` lists the commands.");
    }
    help_print_command(command, &out);
  }
  print_out(text_buffer_text(&out));
  return true;
}

bool command_version(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)cli, (void)ret_exit, (void)err;
  print_out(TEXT("crisol " CRISOL_VERSION "\n"));
  return true;
}

/* Adds the names of a command's options, or of every command's where it is NULL: "--env --db". */
static void add_options(const struct command *command, struct text_buffer *out)
{
  for (size_t i = 0; i < MAX_COMMAND_OPTIONS && command->options[i] != NULL; i++)
    text_buffer_printf(out, "--%s ", command->options[i]);
  text_buffer_add_string(out, "--quiet --verbose --log-format --help");
}

static void add_command_names(struct text_buffer *out)
{
  for (size_t i = 0; i < n_commands; i++)
    text_buffer_printf(out, "%s%s", i == 0 ? "" : " ", commands[i].name);
}

static const struct option *find_option_row(const struct command *command, const char *name)
{
  for (size_t i = 0; i < n_options; i++)
    if (strcmp(options[i].name, name) == 0 && option_is_of(&options[i], command))
      return &options[i];
  BUG("a command names an unknown option");
}

static void add_bash_choices(const struct command *command, const struct option *option, struct text_buffer *out)
{
  if (option->choices == NULL)
    return;
  text_buffer_printf(out, "  %s--%s) COMPREPLY=($(compgen -W \"", command->name, option->name);
  option_add_choices(option, out);
  text_buffer_add_string(out, "\" -- \"$word\")); return ;;\n");
}

static void print_bash(struct text_buffer *out)
{
  text_buffer_add_string(
      out, "_crisol() {\n  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
           "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"");
  add_command_names(out);
  text_buffer_add_string(out, "\" -- \"$word\"))\n    return\n  fi\n  case \"${COMP_WORDS[1]}$before\" in\n");
  for (size_t c = 0; c < n_commands; c++)
    for (size_t o = 0; o < MAX_COMMAND_OPTIONS && commands[c].options[o] != NULL; o++)
      add_bash_choices(&commands[c], find_option_row(&commands[c], commands[c].options[o]), out);
  text_buffer_add_string(out, "  esac\n  if [ \"${word#-}\" != \"$word\" ]; then\n    case \"${COMP_WORDS[1]}\" in\n");
  for (size_t i = 0; i < n_commands; i++) {
    text_buffer_printf(out, "    %s) COMPREPLY=($(compgen -W \"", commands[i].name);
    add_options(&commands[i], out);
    text_buffer_add_string(out, "\" -- \"$word\")) ;;\n");
  }
  text_buffer_add_string(
      out, "    esac\n    return\n  fi\n  case \"${COMP_WORDS[1]}\" in\n"
           "  completion) COMPREPLY=($(compgen -W \"bash zsh fish\" -- \"$word\")) ;;\n"
           "  db) COMPREPLY=($(compgen -W \"init check\" -- \"$word\")) ;;\n"
           "  generate) COMPREPLY=($(compgen -W \"payments events\" -- \"$word\") $(compgen -d -- \"$word\")) ;;\n"
           "  help) COMPREPLY=($(compgen -W \"");
  add_command_names(out);
  text_buffer_add_string(out, "\" -- \"$word\")) ;;\n  *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n  esac\n}\n"
                              "complete -o filenames -F _crisol crisol\n");
}

static void print_zsh(struct text_buffer *out)
{
  text_buffer_add_string(out, "#compdef crisol\nautoload -U +X bashcompinit && bashcompinit\n");
  print_bash(out);
}

static void add_fish_text(struct text_buffer *out, const char *text)
{
  text_buffer_add_char(out, '\'');
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '\'' || *p == '\\')
      text_buffer_add_char(out, '\\');
    text_buffer_add_char(out, *p);
  }
  text_buffer_add_char(out, '\'');
}

static void print_fish(struct text_buffer *out)
{
  for (size_t i = 0; i < n_commands; i++) {
    text_buffer_printf(out, "complete -c crisol -n __fish_use_subcommand -f -a %s -d ", commands[i].name);
    add_fish_text(out, commands[i].doc);
    text_buffer_add_char(out, '\n');
    for (size_t o = 0; o < MAX_COMMAND_OPTIONS && commands[i].options[o] != NULL; o++) {
      const struct option *option = find_option_row(&commands[i], commands[i].options[o]);
      text_buffer_printf(out, "complete -c crisol -n '__fish_seen_subcommand_from %s' -l %s", commands[i].name,
                         option->name);
      if (option->choices != NULL) {
        text_buffer_add_string(out, " -x -a '");
        option_add_choices(option, out);
        text_buffer_add_char(out, '\'');
      } else if (option->value != NULL) {
        text_buffer_add_string(out, " -r");
      }
      text_buffer_add_string(out, " -d ");
      add_fish_text(out, option->doc);
      text_buffer_add_char(out, '\n');
    }
  }
  text_buffer_add_string(out, "complete -c crisol -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n");
}

static const struct {
  const char *shell;
  void (*print)(struct text_buffer *out);
} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

bool command_completion(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  for (size_t i = 0; i < ARRAY_LENGTH(shells); i++)
    if (strcmp(cli->arguments[0], shells[i].shell) == 0) {
      SCOPED(text_buffer_done) struct text_buffer out = { 0 };
      shells[i].print(&out);
      print_out(text_buffer_text(&out));
      return true;
    }
  return fail(err, ERROR_CONFIG, NOWHERE, "unknown shell \"%s\", completion is for bash, zsh and fish",
              cli->arguments[0]);
}
