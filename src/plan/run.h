/** One run: what identifies it, and what came out, as the summary of `crisol run --json` reports it. */
#ifndef CRISOL_PLAN_RUN_H
#define CRISOL_PLAN_RUN_H

#include "base/digest.h"
#include "plan/drift.h"
#include "plan/plan.h"

/** How far a run is. */
struct run_progress {
  uint64_t done, total; /* 0: of how many is not known */
  bool is_of_tasks;     /* of a cluster's statement that runs now; else bytes of text */
};

/** What became of a row in the stage; the numbers are those in the stage's column `fate`. */
enum row_fate {
  FATE_PASSED = 0,
  FATE_MALFORMED = 1,
  FATE_CAST_QUARANTINED = 2, /* a cast with on_error: quarantine; left before deduplication */
  FATE_QUARANTINED = 3,
  FATE_DROPPED = 4,
  FATE_SCHEMA_QUARANTINED = 5,
  FATE_CAST_REFUSED = 6,     /* a cast with on_error: fail: the data is refused */
  FATE_GOLD_QUARANTINED = 8, /* holds a text that the gold database cannot */
  FATE_RULE_REFUSED = 7,     /* a rule with on_fail: fail: the data is refused */
  FATE_NOTHING_EXPLODED = 9, /* an empty or null list: dropped once it is counted */
};

struct run_rule_result {
  uint64_t failed;
  uint64_t total; /* rows that it judged */
};

struct run_cast_result {
  uint64_t nulled;
  uint64_t by_iso;
};

struct run_violation {
  const char *column;
  const char *keyword;
  uint64_t failed;
};

struct run_file {
  const char *path;
  uint64_t rows;
  uint64_t bytes;
  char md5[MD5_HEX_SIZE]; /* of the file's bytes */
  const char *inputs;     /* which inputs its rows come from, by their numbers; NULL: it was not asked */
};

enum run_stage {
  STAGE_READ,
  STAGE_DEDUPLICATE,
  STAGE_ACCOUNT,
  STAGE_SILVER,
  STAGE_QUARANTINE,
  STAGE_GOLD,
  STAGE_COMMIT,
  N_RUN_STAGES
};
extern const char *const run_stage_names[N_RUN_STAGES];

/** As written in the rules: on_fail_names[ON_FAIL_DROP] is "drop". */
extern const char *const on_fail_names[];

struct run_alert {
  const char *kind;
  const char *message;
};

struct run {
  struct arena *arena;
  const char *id;
  const char *engine;  /* the name of what runs it, as it was asked for */
  const char *cluster; /* where that is, and under which ids it is known there; NULL: in this process */
  int64_t instant_us;  /* current_timestamp() of the whole run */
  const char *staging; /* the run's own local directory, removed when it ends; NULL: nothing is to be published */
  bool is_replay;      /* its inputs are rows of the quarantine */
  struct {
    uint64_t read, exploded, malformed, duplicates, passed, quarantined, dropped, warned, silver, gold;
  } rows;
  uint64_t parsed;               /* read less malformed */
  uint64_t nothing_exploded;     /* of the dropped: rows of an empty or null list */
  bool has_negative_zero;        /* a float or double column holds -0.0, which a Parquet dictionary would not keep */
  const uint64_t *input_records; /* by file of the plan */
  const uint64_t *malformed_records; /* the same of those that are malformed */
  struct run_rule_result *rules;
  struct run_cast_result *casts; /* by the order of plan columns; those without a cast are zero */
  struct run_violation *violations;
  size_t n_violations;
  /* How silver is written beside a lake that is there: by plan column, NULL where it is as the plan has it. */
  const struct type **silver_types;
  const char **silver_names;
  struct run_file *silver_files;
  size_t n_silver_files;
  size_t n_partitions;
  const char **partition_directories; /* Hive paths below the lake, one a silver file */
  struct run_file *rewritten_files;   /* of the lake, by their whole paths: without the rows that a replay displaced */
  size_t n_rewritten_files;
  const char *quarantine_file;   /* as published; NULL where no row was quarantined */
  const char *refused_directory; /* where the rejects of a refused run are; NULL: none were kept */
  uint64_t quarantine_bytes;
  char quarantine_md5[MD5_HEX_SIZE];
  uint64_t *condition_rows; /* rows left after each business condition, in order */
  uint64_t *condition_removed;
  struct drift drift;
  struct run_alert *alerts;
  size_t n_alerts, alert_capacity;
  double seconds[N_RUN_STAGES];
  double total_seconds;
};

/** Adds an alert (kept in the run's arena) and logs it as a warning. */
void run_alert(struct run *run, const char *kind, const char *format, ...) PRINTF_LIKE(3, 4);

/** Fails with ERROR_DEFECT where the books do not balance: read and exploded are not what malformed, duplicates,
 * passed, quarantined and dropped add up to. */
MUST_CHECK bool run_balance(const struct run *run, struct error *err);

#endif
