/** Tables of keys: what a mapping of a configuration file may hold. One row feeds the reader, the default, "did you
 * mean", the JSON Schema for editors and docs/config.md. */
#ifndef CRISOL_CONFIG_KEYS_H
#define CRISOL_CONFIG_KEYS_H

#include "config/dataset.h"
#include "config/node.h"

enum key_kind {
  KEY_TEXT,     /* struct config_text */
  KEY_STRING,   /* const char * */
  KEY_BOOLEAN,  /* bool; quoted, too */
  KEY_INTEGER,  /* int from `least` to `most`; quoted, too */
  KEY_NUMBER,   /* double from `least` to `most` */
  KEY_CHOICE,   /* an enum: the index of the word in `choices` */
  KEY_WORD,     /* const char *: one of `choices` */
  KEY_LIST,     /* struct config_list: a list of texts, or one text */
  KEY_LIMIT,    /* struct config_limit: a count or a percentage */
  KEY_MAPPING,  /* a mapping by `table`, into the struct at `offset` */
  KEY_MAPPINGS, /* a list of mappings by `table`: a pointer at `offset`, a count at `count_offset` */
  KEY_CUSTOM,   /* by `read` */
  KEY_UNUSED,   /* known, and of no effect yet */
};

struct reading;
struct key_table;

struct key {
  const char *name;
  enum key_kind kind;
  bool is_required;
  size_t offset, count_offset;
  const char *const *choices; /* NULL-terminated */
  double least, most;
  const struct key_table *table;
  void (*read)(struct reading *reading, const struct node *node, void *target);
  const char *if_absent; /* for people and for the reader: "false"; NULL: nothing */
  const char *example;   /* as YAML */
  const char *doc;       /* one or two sentences */
};

struct key_table {
  const char *name; /* "standardization.casts[]", as people find it */
  const struct key *keys;
  size_t n_keys;
  size_t size;       /* of the struct that it fills */
  bool ignores_case; /* Spark's reader options */
  /* What is to be said of a filled struct as a whole; NULL: nothing. */
  void (*check)(struct reading *reading, const struct node *node, void *target);
  bool checks_broken;  /* `check` is made for structs with errors too */
  size_t place_offset; /* of a struct place that takes the mapping's own; SIZE_MAX: none */
};

#define KEY_TABLE(rows) .keys = (rows), .n_keys = ARRAY_LENGTH(rows)
#define NO_PLACE SIZE_MAX

/** What reading a file needs everywhere. */
struct reading {
  struct arena *arena;
  struct problem_list *problems;
  bool is_template;   /* an environment that is not used: what it lacks is no error */
  bool holds_secrets; /* what an unknown key holds, such as a password whose key is misspelt, is not shown */
};

/** Fills `target` from a mapping. Unknown keys, wrong kinds and values, and missing required keys become problems. */
void keys_read(struct reading *reading, const struct node *mapping, const struct key_table *table, void *target);

/* Single values, for custom readers; false where a problem was added. */
bool read_text(struct reading *reading, const struct node *node, const char *key, struct config_text *ret_text);
/** true or false. */
bool read_boolean(struct reading *reading, const struct node *node, const char *key, bool *ret_value);
/** One of `choices`, which ends with NULL: its index. */
bool read_choice(struct reading *reading, const struct node *node, const char *key, const char *const *choices,
                 int *ret_index);
/** A list of texts, or one text, which is a list of one. */
bool read_list(struct reading *reading, const struct node *node, const char *key, struct config_list *ret_list);

/** All tables of a file, for the docs: the root and, through it, the others. */
extern const struct key_table dataset_table, environment_table, database_table, csv_options_table, json_options_table,
    parquet_options_table, case_file_table;

#endif
