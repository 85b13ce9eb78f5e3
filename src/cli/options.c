/* The options of all commands, and the parser of the command line. */
#include "cli/command.h"

#include "config/catalog.h"
#include "config/dataset.h"

#include <stdio.h>

#define FIELD(name) offsetof(struct cli, name)

static const char *const log_formats[] = { "text", "json", NULL };
static const char *const row_formats[] = { "table", "csv", "json", "parquet", NULL };

const struct option options[] = {
  { "env", 0, "FILE", NULL, "env.yml (default: config/env.yml, if it exists)", OPTION_TEXT, FIELD(env) },
  { "db", 0, "FILE", NULL, "database.yml (default: what the dataset names)", OPTION_TEXT, FIELD(database) },
  { "environment", 0, "NAME", NULL, "of database.yml (default: what the dataset names)", OPTION_TEXT,
    FIELD(environment) },
  { "engine", 0, "ENGINE", engine_names, "what runs the plan (default: env.yml's or duckdb)", OPTION_TEXT,
    FIELD(engine) },
  { "set", 0, "KEY.PATH=VALUE", NULL, "override a value of the dataset; may be repeated", OPTION_LIST,
    FIELD(overrides) },
  { "var", 0, "NAME=VALUE", NULL, "what ${NAME} is in the files", OPTION_LIST, FIELD(variables) },
  { "select", 0, "NAME", NULL, "only these: id, tag, +id, id+, a*", OPTION_LIST, FIELD(selected) },
  { "exclude", 0, "NAME", NULL, "not these, in the same words", OPTION_LIST, FIELD(excluded) },
  { "with", 0, "DATASET.yml", NULL, "a dataset to read from, not to run", OPTION_LIST, FIELD(only_read) },
  { "jobs", 'j', "N", NULL, "how many datasets at once (1)", OPTION_TEXT, FIELD(jobs) },
  { "graph", 0, NULL, NULL, "print what reads what", OPTION_FLAG, FIELD(graph) },
  { "dataset", 'd', "DATASET.yml", NULL, "the dataset that is asked about", OPTION_TEXT, FIELD(dataset) },
  { "sql", 0, NULL, NULL, "print the engine's SQL", OPTION_FLAG, FIELD(sql) },
  { "samples", 0, "N", NULL, "rows of each failing rule in the summary (3)", OPTION_TEXT, FIELD(samples) },
  { "fail-on-alert", 0, NULL, NULL, "refuse the data (exit 1) where there is an alert", OPTION_FLAG,
    FIELD(fail_on_alert) },
  { "all", 0, NULL, NULL, "take all files, whatever incremental says", OPTION_FLAG, FIELD(all) },
  { "full-refresh", 0, NULL, NULL, "make silver and gold anew from all files", OPTION_FLAG, FIELD(full_refresh) },
  { "yes", 'y', NULL, NULL, "do not ask", OPTION_FLAG, FIELD(yes) },
  { "file", 0, "FIXED.csv", NULL, "take only these mended rows", OPTION_TEXT, FIELD(file) },
  { "dry-run", 0, NULL, NULL, "say what would happen, write nothing", OPTION_FLAG, FIELD(dry_run) },
  { "keep", 0, "30d|10", NULL, "runs of so many days (d), weeks (w), or so many", OPTION_TEXT, FIELD(keep) },
  { "rows", 0, "N", NULL, "records (payments: 1000000, events: 500000)", OPTION_TEXT, FIELD(rows) },
  { "files", 0, "K", NULL, "files to write them to (20)", OPTION_TEXT, FIELD(files) },
  { "seed", 0, "S", NULL, "seed of the random numbers (42)", OPTION_TEXT, FIELD(seed) },
  { "errors", 0, "RATE", NULL, "share of records with an error, 0 to 1", OPTION_TEXT, FIELD(errors) },
  { "duplicates", 0, "RATE", NULL, "share of records that are duplicates, 0 to 1", OPTION_TEXT, FIELD(duplicates) },
  { "now", 0, "INSTANT", NULL, "latest instant (default: yesterday 00:00 UTC)", OPTION_TEXT, FIELD(now) },
  { "source", 0, NULL, NULL, "records of the source, as a run reads them", OPTION_FLAG, FIELD(source) },
  { "silver", 0, NULL, NULL, "rows of silver (the default)", OPTION_FLAG, FIELD(silver) },
  { "quarantine", 0, NULL, NULL, "rows of the quarantine, with reasons and places", OPTION_FLAG, FIELD(quarantine) },
  { "gold", 0, NULL, NULL, "rows of the gold table; of init, make one", OPTION_FLAG, FIELD(gold) },
  { "run", 0, "ID", NULL, "only rows of this run", OPTION_TEXT, FIELD(run) },
  { "rule", 0, "NAME", NULL, "only quarantined rows that have this reason", OPTION_TEXT, FIELD(rule) },
  { "where", 0, "EXPR", NULL, "only rows on which this Spark SQL is true", OPTION_TEXT, FIELD(where) },
  { "columns", 0, "A,B", NULL, "only these columns, in this order", OPTION_TEXT, FIELD(columns) },
  { "limit", 'n', "N", NULL, "how many rows (10; all with -o or 0)", OPTION_TEXT, FIELD(limit) },
  { "format", 0, "FORMAT", row_formats, "how they are written (table; by FILE's ending)", OPTION_TEXT, FIELD(format) },
  { "format", 0, "FORMAT", graph_formats, "of the graph (text)", OPTION_TEXT, FIELD(graph_format) },
  { "output", 'o', "FILE", NULL, "write to a file; of init, into a directory", OPTION_TEXT, FIELD(output) },
  { "case", 0, "NAME", NULL, "only the case of this name", OPTION_TEXT, FIELD(only_case) },
  { "record", 0, "DATASET.yml", NULL, "write a case of samples of this dataset", OPTION_TEXT, FIELD(record) },
  { "junit", 0, "FILE", NULL, "write a report as JUnit XML", OPTION_TEXT, FIELD(junit) },
  { "id", 0, "NAME", NULL, "name of the dataset (default: by the files' name)", OPTION_TEXT, FIELD(id) },
  { "sample", 0, NULL, NULL, "look at the first 100000 records only", OPTION_FLAG, FIELD(sample) },
  { "json", 0, NULL, NULL, "print the result as JSON on stdout", OPTION_FLAG, FIELD(json) },
  { "quiet", 'q', NULL, NULL, "only warnings and errors on stderr", OPTION_FLAG, FIELD(quiet) },
  { "verbose", 'v', NULL, NULL, "details on stderr", OPTION_FLAG, FIELD(verbose) },
  { "log-format", 0, "FORMAT", log_formats, "form of the log lines on stderr (text)", OPTION_TEXT, FIELD(log_format) },
  { "help", 'h', NULL, NULL, "show this help", OPTION_FLAG, FIELD(help) },
};
const size_t n_options = ARRAY_LENGTH(options);

/* A name that means something else to one command than to the others, by what it may be. */
static const struct {
  const char *name, *command;
  const char *const *choices;
} variants[] = { { "format", "plan", graph_formats } };

bool option_is_of(const struct option *option, const struct command *command)
{
  for (size_t i = 0; i < ARRAY_LENGTH(variants); i++)
    if (strcmp(variants[i].name, option->name) == 0)
      return (strcmp(variants[i].command, command->name) == 0) == (option->choices == variants[i].choices);
  return true;
}

/* Options that every command takes. */
static const char *const common[] = { "quiet", "verbose", "log-format", "help" };

static bool is_taken(const struct command *command, const struct option *option)
{
  const char *name = option->name;
  if (!option_is_of(option, command))
    return false;
  for (size_t i = 0; i < ARRAY_LENGTH(common); i++)
    if (strcmp(common[i], name) == 0)
      return true;
  for (size_t i = 0; i < MAX_COMMAND_OPTIONS && command->options[i] != NULL; i++)
    if (strcmp(command->options[i], name) == 0)
      return true;
  return false;
}

static const struct option *find_option(const struct command *command, struct text name)
{
  for (size_t i = 0; i < n_options; i++)
    if (text_equal(text_from(options[i].name), name) && is_taken(command, &options[i]))
      return &options[i];
  return NULL;
}

static const struct option *find_letter(const struct command *command, char letter)
{
  for (size_t i = 0; i < n_options; i++)
    if (options[i].letter == letter && is_taken(command, &options[i]))
      return &options[i];
  return NULL;
}

static bool fail_unknown(const struct command *command, const char *argument, struct error *err)
{
  const char *names[64];
  size_t count = 0;
  for (size_t i = 0; i < n_options && count < ARRAY_LENGTH(names); i++)
    if (is_taken(command, &options[i]))
      names[count++] = options[i].name;
  struct text word = text_from(argument + strspn(argument, "-"));
  word.length = strcspn(word.data, "=");
  const char *nearest = text_nearest(word, names, count);
  fail(err, ERROR_CONFIG, NOWHERE, "unknown option \"%s\" of crisol %s", argument, command->name);
  if (nearest != NULL)
    return add_hint(err, "Did you mean --%s?", nearest);
  return add_hint(err, "`crisol %s --help` lists its options.", command->name);
}

void option_add_choices(const struct option *option, struct text_buffer *out)
{
  for (size_t i = 0; option->choices[i] != NULL; i++)
    text_buffer_printf(out, "%s%s", i == 0 ? "" : " ", option->choices[i]);
}

static bool check_choice(const struct option *option, const char *value, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer choices = { 0 };
  for (size_t i = 0; option->choices[i] != NULL; i++)
    if (strcmp(option->choices[i], value) == 0)
      return true;
  option_add_choices(option, &choices);
  return fail(err, ERROR_CONFIG, NOWHERE, "--%s cannot be \"%s\", it is one of: %s", option->name, value, choices.data);
}

static void add_to_list(const struct cli *cli, struct cli_list *list, const char *value)
{
  list->items = arena_grow(cli->arena, list->items, list->count, &list->capacity, sizeof(char *));
  list->items[list->count++] = value;
}

static bool set_option(struct cli *cli, const struct option *option, const char *value, struct error *err)
{
  char *field = (char *)cli + option->offset;
  if (option->choices != NULL)
    TRY(check_choice(option, value, err));
  switch (option->kind) {
  case OPTION_FLAG:
    *(bool *)field = true;
    return true;
  case OPTION_TEXT:
    *(const char **)(void *)field = value;
    return true;
  case OPTION_LIST:
    add_to_list(cli, (struct cli_list *)(void *)field, value);
    return true;
  }
  BUG("set_option: unknown kind");
}

/* One option and its value, which may be the next argument. */
static bool parse_option(struct cli *cli, int *index, int n_arguments, char **arguments, struct error *err)
{
  const char *argument = arguments[*index];
  bool is_long = argument[1] == '-';
  const char *equals = is_long ? strchr(argument, '=') : NULL;
  struct text name = text_from(argument + 2);
  if (equals != NULL)
    name.length = (size_t)(equals - name.data);
  const struct option *option = is_long ? find_option(cli->command, name) : find_letter(cli->command, argument[1]);
  if (option == NULL || (!is_long && option->kind == OPTION_FLAG && argument[2] != '\0'))
    return fail_unknown(cli->command, argument, err);
  if (option->kind == OPTION_FLAG) {
    if (equals != NULL)
      return fail(err, ERROR_CONFIG, NOWHERE, "--%s takes no value", option->name);
    return set_option(cli, option, "", err);
  }
  const char *value = equals != NULL ? equals + 1 : !is_long && argument[2] != '\0' ? argument + 2 : NULL;
  if (value == NULL) {
    if (*index + 1 >= n_arguments)
      return fail(err, ERROR_CONFIG, NOWHERE, "--%s needs a value: %s", option->name, option->value);
    value = arguments[++*index];
  }
  return set_option(cli, option, value, err);
}

static bool find_command(struct cli *cli, const char *name, struct error *err)
{
  const char *names[32];
  cli->command = command_find(name);
  if (cli->command != NULL)
    return true;
  for (size_t i = 0; i < n_commands; i++)
    names[i] = commands[i].name;
  const char *nearest = text_nearest(text_from(name), names, n_commands);
  fail(err, ERROR_CONFIG, NOWHERE, "unknown command \"%s\"", name);
  if (nearest != NULL)
    return add_hint(err, "Did you mean `crisol %s`?", nearest);
  return add_hint(err, "`crisol help` lists the commands.");
}

bool cli_parse(int n_arguments, char **arguments, struct cli *cli, struct error *err)
{
  cli->arguments = arena_array(cli->arena, (size_t)n_arguments + 1, sizeof(char *));
  if (n_arguments == 0) {
    fail(err, ERROR_CONFIG, NOWHERE, "a command is missing");
    return here_explain(cli, err);
  }
  const char *first = arguments[0];
  if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
    first = "help";
  else if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0)
    first = "version";
  TRY(find_command(cli, first, err));
  bool takes_options = true;
  for (int i = 1; i < n_arguments; i++) {
    const char *argument = arguments[i];
    if (takes_options && strcmp(argument, "--") == 0)
      takes_options = false;
    else if (takes_options && argument[0] == '-' && argument[1] != '\0')
      TRY(parse_option(cli, &i, n_arguments, arguments, err));
    else
      cli->arguments[cli->n_arguments++] = argument;
  }
  if (cli->help ||
      (cli->n_arguments >= cli->command->least_arguments && cli->n_arguments <= cli->command->most_arguments))
    return true;
  fail(err, ERROR_CONFIG, NOWHERE, "crisol %s takes %s%s, not %zu argument%s", cli->command->name,
       cli->command->arguments[0] == '\0' ? "no arguments" : "", cli->command->arguments, cli->n_arguments,
       cli->n_arguments == 1 ? "" : "s");
  return add_hint(err, "`crisol %s --help` tells more.", cli->command->name);
}

/* help */

void help_print_command(const struct command *command, struct text_buffer *out)
{
  text_buffer_printf(out, "Usage: crisol %s [options]%s%s\n\n%s.\n", command->name,
                     command->arguments[0] == '\0' ? "" : " ", command->arguments, command->doc);
  if (command->details != NULL)
    text_buffer_printf(out, "\n%s\n", command->details);
  text_buffer_add_string(out, "\nExamples:\n");
  for (size_t i = 0; i < ARRAY_LENGTH(command->examples); i++)
    text_buffer_printf(out, "  %s\n", command->examples[i]);
  text_buffer_add_string(out, "\nOptions:\n");
  for (size_t i = 0; i < n_options; i++) {
    if (!is_taken(command, &options[i]))
      continue;
    char left[64];
    snprintf(left, sizeof(left), "--%s%s%s", options[i].name, options[i].value == NULL ? "" : " ",
             options[i].value == NULL ? "" : options[i].value);
    if (options[i].letter != 0)
      text_buffer_printf(out, "  -%c, %-22s %s\n", options[i].letter, left, options[i].doc);
    else
      text_buffer_printf(out, "      %-22s %s\n", left, options[i].doc);
  }
}

void help_print_all(struct text_buffer *out)
{
  text_buffer_add_string(
      out,
      "crisol runs a data pipeline that one YAML file describes: raw files,\n"
      "standardized and checked, to a silver lake, a quarantine and a gold table.\n\nUsage: crisol COMMAND [options] "
      "[arguments]\n\nCommands:\n");
  for (size_t i = 0; i < n_commands; i++)
    text_buffer_printf(out, "  %-11s %s\n", commands[i].name, commands[i].doc);
  text_buffer_add_string(out, "\n`crisol COMMAND --help` tells more of each.\n\nExit codes:\n"
                              "  0  published             3  the environment failed\n"
                              "  1  the data was refused  4  another run holds the dataset\n"
                              "  2  wrong config or       5  a defect of crisol\n"
                              "     command line          130, 143  interrupted\n");
}
