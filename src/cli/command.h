/** The command line: commands and options are tables, which parsing, --help, completion and "did you mean" read. */
#ifndef CRISOL_CLI_COMMAND_H
#define CRISOL_CLI_COMMAND_H

#include "base/error.h"

struct s3;

/** What an option that may be repeated was given. */
struct cli_list {
  const char **items;
  size_t count, capacity;
};

/** What was given on the command line; absent texts are NULL. */
struct cli {
  struct arena *arena; /* lives as long as the command */
  const struct command *command;
  const char *env, *database, *environment, *engine, *dataset, *log_format;
  const char *rows, *files, *seed, *errors, *duplicates, *now;
  const char *samples;                                                /* of run */
  const char *run, *rule, *where, *columns, *limit, *format, *output; /* of show */
  const char *id;                                                     /* of init */
  bool sample;
  const char *file; /* of replay */
  bool dry_run;
  bool source, silver, quarantine, gold;
  const char *only_case, *junit, *record;        /* of test */
  const char *keep;                              /* of clean */
  const char *jobs, *graph_format;               /* of several datasets */
  struct cli_list overrides;                     /* --set */
  struct cli_list variables;                     /* --var */
  struct cli_list selected, excluded, only_read; /* --select, --exclude, --with */
  bool json, quiet, verbose, sql, all, fail_on_alert, full_refresh, yes, graph, help, version;
  const char **arguments;
  size_t n_arguments;
  struct s3 *s3; /* once a configuration needed it; closed when the command ends */
};

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST };

struct option {
  const char *name;           /* without the dashes */
  char letter;                /* 0: none */
  const char *value;          /* what it takes, for people; NULL for a flag */
  const char *const *choices; /* ends with NULL: for the help, completion and the check; NULL: anything */
  const char *doc;
  enum option_kind kind;
  size_t offset; /* of the field in struct cli */
};
extern const struct option options[];
extern const size_t n_options;
/** Whether the row is the command's, where several rows have its name. */
bool option_is_of(const struct option *option, const struct command *command);
/** Adds what the option may be, with blanks between. */
void option_add_choices(const struct option *option, struct text_buffer *out);

enum { MAX_COMMAND_OPTIONS = 20 };

/* Which files are asked whether they want what --var sets, before the command runs. */
enum variables_of {
  OF_SETTINGS, /* the dataset of -d, else env.yml and database.yml */
  OF_ARGUMENT, /* the dataset that is its first argument */
  OF_COMMAND,  /* the command looks itself, once it has found its files */
};

struct command {
  const char *name;
  const char *arguments;                    /* "DATASET.yml [ENV.yml]" */
  const char *doc;                          /* one line */
  const char *details;                      /* what --help adds */
  const char *examples[2];                  /* command lines as one would type them */
  const char *options[MAX_COMMAND_OPTIONS]; /* names beside those of every command */
  size_t least_arguments, most_arguments;
  enum variables_of variables;
  bool waits; /* for a server, a lock or an engine: a signal must be heard */
  bool (*run)(struct cli *cli, int *ret_exit, struct error *err); /* false: err says why; *ret_exit is 0 before */
};
extern const struct command commands[];
extern const size_t n_commands;

/** The command of that name; NULL: there is none. */
const struct command *command_find(const char *name);

/** Fills `cli` from the arguments after the program's name. ERROR_CONFIG for what is unknown, with the nearest name. */
MUST_CHECK bool cli_parse(int n_arguments, char **arguments, struct cli *cli, struct error *err);

/** Adds as hint what the current directory holds, and what to run next. Returns false. */
bool here_explain(struct cli *cli, struct error *err);

/** Prints the help of a command, or of all. */
void help_print_command(const struct command *command, struct text_buffer *out);
/** Prints the commands, one a line, and the options that all take. */
void help_print_all(struct text_buffer *out);

/** Writes to stdout; a closed pipe ends the program quietly, as it does for other tools. */
void print_out(struct text text);
/** The same of data, for programs: bytes as they are, unless stdout is a terminal. */
void print_data(struct text text);
/** The columns of a terminal; 80 where the stream is none. */
size_t terminal_width(int descriptor);
/** Whether colours are wanted on this stream: a terminal, and NO_COLOR unset. */
bool wants_color(int descriptor);
struct problem_list;
/** Prints all problems to a stream; returns the first error (NULL where there are only warnings). */
const struct error *problems_print(const struct problem_list *problems, int descriptor);

/* One a file: the commands. */
/** crisol run: the whole pipeline of a dataset. */
bool command_run(struct cli *cli, int *ret_exit, struct error *err);
/** crisol check: all that is wrong in datasets, before anything runs. */
bool command_check(struct cli *cli, int *ret_exit, struct error *err);
/** crisol plan: what a run would read, do and write; its statements with --sql. */
bool command_plan(struct cli *cli, int *ret_exit, struct error *err);
/** crisol eval: the value of an expression, or the rows of a dataset on which it is true. */
bool command_eval(struct cli *cli, int *ret_exit, struct error *err);
/** crisol show: rows of silver, of the quarantine or of gold. */
bool command_show(struct cli *cli, int *ret_exit, struct error *err);
/** crisol test: the cases of a dataset. */
bool command_test(struct cli *cli, int *ret_exit, struct error *err);
/** crisol replay: rows of the quarantine through today's dataset. */
bool command_replay(struct cli *cli, int *ret_exit, struct error *err);
/** crisol init: a dataset out of files. */
bool command_init(struct cli *cli, int *ret_exit, struct error *err);
/** crisol profile: what the columns of files hold. */
bool command_profile(struct cli *cli, int *ret_exit, struct error *err);
/** crisol runs: past runs, or one in full. */
bool command_runs(struct cli *cli, int *ret_exit, struct error *err);
/** crisol recover: finishes or undoes what dead runs have left. */
bool command_recover(struct cli *cli, int *ret_exit, struct error *err);
/** crisol clean: what old runs have left. */
bool command_clean(struct cli *cli, int *ret_exit, struct error *err);
/** crisol verify: the dataset on both engines, compared. */
bool command_verify(struct cli *cli, int *ret_exit, struct error *err);
/** crisol lineage: which runs a file or a table came from and went to. */
bool command_lineage(struct cli *cli, int *ret_exit, struct error *err);
/** crisol db: makes the database ready, or checks what a role lacks. */
bool command_db(struct cli *cli, int *ret_exit, struct error *err);
/** crisol generate: synthetic data of the use cases. */
bool command_generate(struct cli *cli, int *ret_exit, struct error *err);
/** crisol schema: the JSON Schema of the dataset file. */
bool command_schema(struct cli *cli, int *ret_exit, struct error *err);
/** crisol help: the help of a command, or of all. */
bool command_help(struct cli *cli, int *ret_exit, struct error *err);
/** crisol version. */
bool command_version(struct cli *cli, int *ret_exit, struct error *err);
/** crisol completion: a script for a shell. */
bool command_completion(struct cli *cli, int *ret_exit, struct error *err);

#endif
