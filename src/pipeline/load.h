/** From the options to a configuration, an engine and a plan: what a run needs before it reads, and what the commands
 * that only look need, too. */
#ifndef CRISOL_PIPELINE_LOAD_H
#define CRISOL_PIPELINE_LOAD_H

#include "duckdb/database.h"
#include "engine/engine.h"
#include "pipeline/pipeline.h"

/** Loads the dataset and what belongs to it. Problems are added to the list; false where one is an error. `*s3` is the
 * client of the object store: opened where a path needs it and it is NULL, used where it is not; the caller closes it
 * (s3_close) after the last configuration that has used it. */
MUST_CHECK bool load_config(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                            struct problem_list *problems, struct config **ret_config);

/** The same, and tells the observer of problems: where one is an error, err is as report_problems has it. */
MUST_CHECK bool load_sound_config(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                                  struct config **ret_config, struct error *err);

/** Moves all that the dataset writes below a directory, gold into a DuckDB file there: a trial writes nothing where the
 * dataset does. */
void load_move_outputs(struct arena *arena, const char *place, struct config *config);

/** Closes the client, if there is one and nobody still waits in it. */
void close_s3(struct s3 **s3);

/** Tells the observer of the problems; where one is an error, err takes its kind and no message. Without an observer
 * err is the first error. */
MUST_CHECK bool report_problems(const struct pipeline_observer *observer, const struct problem_list *problems,
                                struct error *err);

/** Finds the engine that is asked for; one that there is not is refused with ERROR_CONFIG. `name` wins over env.yml's;
 * NULL: not given. */
MUST_CHECK bool load_find_engine(const char *name, const struct config *config, const struct engine_driver **ret_driver,
                                 struct error *err);

/** Opens the engine, and DuckDB's instance for it, as env.yml sets them; `instant_us` is what current_timestamp()
 * answers. An interruption stops what they run, until close_engine. */
MUST_CHECK bool load_engine(struct arena *arena, const struct config *config, const struct engine_driver *driver,
                            int64_t instant_us, struct database **ret_database, struct engine **ret_engine,
                            struct error *err);
/** Closes both; accepts pointers to NULL. */
void close_engine(struct database **database, struct engine **engine);

/** What those hold that only look: a configuration, and an engine for its columns. */
struct opened {
  struct config *config;
  struct database *database;
  struct engine *engine;
};

/** Loads the dataset of the options, tells their observer of problems, and opens the engine. close_dataset closes it,
 * and is to be called where this has failed, too. `s3`: see load_config. */
MUST_CHECK bool open_dataset(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                             struct opened *ret_opened, struct error *err);
void close_dataset(struct opened *opened);

/** Opens the input, whose files the plan has, with the engine and builds the plan. An input that cannot be read fails
 * with its own error; what is wrong in the configuration is added to the list, and *ret_built is false. */
MUST_CHECK bool load_sources(struct arena *arena, struct engine *engine, struct problem_list *problems,
                             struct plan *plan, bool *ret_built, struct error *err);
/** The same, once it has found the files. */
MUST_CHECK bool load_plan(struct arena *arena, const struct config *config, struct engine *engine,
                          struct problem_list *problems, struct plan *ret_plan, bool *ret_built, struct error *err);

#endif
