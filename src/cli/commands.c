#include "cli/command.h"

const struct command commands[] = {
  { .name = "run",
    .arguments = "DATASET.yml [ENV.yml [DATABASE.yml [ENVIRONMENT]]]",
    .doc = "run the whole pipeline of a dataset",
    .details = "Reads the raw files, standardizes them, applies the quality rules and the JSON\n"
               "Schema, and publishes silver, quarantine, gold and metadata in one commit.\n"
               "Whatever does not end in exit code 0 has changed nothing that readers see.",
    .options = { "env", "db", "environment", "engine", "set", "fail-on-alert", "json" },
    .least_arguments = 1,
    .most_arguments = 4,
    .run = command_run },
  { .name = "check",
    .arguments = "DATASET.yml...",
    .doc = "find every problem of a dataset's files, with its place",
    .details = "Reads the dataset, its expectations, schema, env.yml and database.yml, and the\n"
               "headers of its sources. Writes nothing. Exit code 2 where there is an error.",
    .options = { "env", "db", "environment", "set", "json" },
    .least_arguments = 1,
    .most_arguments = 1000,
    .run = command_check },
  { .name = "plan",
    .arguments = "DATASET.yml [ENV.yml [DATABASE.yml [ENVIRONMENT]]]",
    .doc = "show what a run would read, do and write",
    .details = "Touches nothing. With --sql it prints what the engine would execute.",
    .options = { "env", "db", "environment", "engine", "set", "sql" },
    .least_arguments = 1,
    .most_arguments = 4,
    .run = command_plan },
  { .name = "eval",
    .arguments = "EXPR",
    .doc = "evaluate a Spark SQL expression",
    .details = "Prints `type: value`. With -d it is evaluated on the dataset's standardized\n"
               "rows, and those on which it is true are counted.",
    .options = { "dataset", "env", "db", "environment", "set" },
    .least_arguments = 1,
    .most_arguments = 1,
    .run = command_eval },
  { .name = "runs",
    .arguments = "[ID]",
    .doc = "list past runs, or show one in full",
    .details = "An id may be cut short to what tells it apart.",
    .options = { "env", "db", "environment", "json" },
    .most_arguments = 1,
    .run = command_runs },
  { .name = "db",
    .arguments = "init|check",
    .doc = "create the metadata tables, or see what a run would lack",
    .details = "Of the database of database.yml. A role that may not create tables is\n"
               "given them by scripts/init_database.sql.",
    .options = { "db", "environment" },
    .least_arguments = 1,
    .most_arguments = 1,
    .run = command_db },
  { .name = "generate",
    .arguments = "payments|events DIR",
    .doc = "write synthetic data of the two use cases",
    .details = "The same seed and --now give the same bytes. What was planted is\nprinted by kind.",
    .options = { "rows", "files", "seed", "errors", "duplicates", "now", "json" },
    .least_arguments = 2,
    .most_arguments = 2,
    .run = command_generate },
  { .name = "schema",
    .arguments = "",
    .doc = "print the JSON Schema of the dataset file, for editors",
    .run = command_schema },
  { .name = "help",
    .arguments = "[COMMAND]",
    .doc = "show help, of all or of one command",
    .most_arguments = 1,
    .run = command_help },
  { .name = "version", .arguments = "", .doc = "print the version", .run = command_version },
  { .name = "completion",
    .arguments = "bash|zsh|fish",
    .doc = "print a completion script for a shell",
    .details = "For bash: source <(crisol completion bash)",
    .least_arguments = 1,
    .most_arguments = 1,
    .run = command_completion },
};
const size_t n_commands = ARRAY_LENGTH(commands);

const struct command *command_find(const char *name)
{
  for (size_t i = 0; i < n_commands; i++)
    if (strcmp(commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}
