/** A file of cases, orders_test.yml: rows that are given to a dataset, and what is expected to become of them. */
#ifndef CRISOL_CONFIG_CASES_H
#define CRISOL_CONFIG_CASES_H

#include "config/dataset.h"
#include "config/node.h"

/** What a case may expect a number of rows of; of the first three also the rows. */
enum case_outcome {
  CASE_SILVER,
  CASE_QUARANTINE,
  CASE_GOLD,
  CASE_DUPLICATES,
  CASE_DROPPED,
  CASE_MALFORMED,
  CASE_WARNED,
  CASE_READ,
  N_CASE_OUTCOMES
};
extern const char *const case_outcome_names[N_CASE_OUTCOMES];

/** What may become of a given row: the words of `fates`. Ends with NULL. */
enum case_fate { FATED_SILVER, FATED_QUARANTINE, FATED_DROPPED, FATED_DUPLICATE, FATED_MALFORMED };
extern const char *const case_fate_names[];

struct case_type {
  struct config_text column;
  const struct type *type;
};

/** The records of one source. Of rows, text and files one is there. */
struct case_records {
  struct config_text source; /* its name in `sources`; value NULL: the only one */
  struct place place;
  const struct node *rows; /* a list of mappings; NULL: none */
  struct config_text text; /* the text of a file */
  struct config_list files;
  struct case_type *types; /* of columns, where the source is Parquet */
  size_t n_types;
};

struct case_count {
  bool is_set;
  uint64_t value;
  const struct node *rows; /* the rows themselves, `value` of them; NULL: their number alone */
  struct place place;
};

/** The fates of one given row: several where it becomes several rows. */
struct case_row_fates {
  struct place place;
  int *fates; /* enum case_fate */
  size_t count;
};

struct case_rule {
  struct config_text name;
  bool has_count;
  uint64_t count;
};

struct case_expected {
  struct case_count counts[N_CASE_OUTCOMES];
  struct case_row_fates *fates;
  size_t n_fates;
  struct config_text fates_place;
  bool names_rules; /* all reasons that rows fail by */
  struct place rules_place;
  struct case_rule *rules;
  size_t n_rules;
  bool is_refused;            /* the data is refused */
  struct config_text refusal; /* a part of the message; NULL: any */
};

struct test_case {
  struct config_text name;
  struct place place;
  struct config_text now; /* as written */
  int64_t now_us;         /* what current_timestamp() answers; 0: the clock */
  const struct node *row; /* stands for what a given row leaves out; NULL: nothing does */
  struct case_records *given;
  size_t n_given;
  struct case_expected expected;
};

struct case_file {
  const char *path;
  struct source source;
  struct config_text dataset; /* as written, from the file's directory */
  const char *dataset_path;
  struct config_text now;
  int64_t now_us;
  const struct node *row;
  struct test_case *cases;
  size_t n_cases;
};

/** Reads a file of cases. All its problems are added to the list; false where one of them is an error. */
MUST_CHECK bool case_file_load(struct arena *arena, const char *path, struct problem_list *problems,
                               struct case_file **ret_file);

/** Whether a file's name is one of a file of cases: orders_test.yml, orders_test.yaml. */
bool case_file_has_name(const char *path);

/** Adds a key of a mapping, or another scalar. */
typedef void node_scalar_printer(const struct node *scalar, bool is_key, struct text_buffer *out);
/** Adds a node on one line: mappings in braces, lists in brackets, and scalars as they are printed. */
void node_print(const struct node *node, node_scalar_printer *add_scalar, struct text_buffer *out);
/** Adds a node as YAML on one line, with no more quotes than it needs. */
void node_add_flow(const struct node *node, struct text_buffer *out);

#endif
