/* What the tables of the configuration's files share. */
#ifndef CRISOL_CONFIG_TABLES_H
#define CRISOL_CONFIG_TABLES_H

#include "config/keys.h"

extern const struct key_table source_table, rename_table, cast_table, default_table, column_table, rule_table,
    expectations_table;

/* The dataset being read, with the nodes of what is loaded from other files. */
struct dataset_draft {
  struct dataset dataset;
  struct config_text expectations_ref;
  struct config_rule *rules; /* inline */
  size_t n_rules;
};

/* Reads `source` and `sources` into the draft's dataset. */
void read_source(struct reading *reading, const struct node *node, void *target);
/** Reads a list of them into the same place. */
void read_sources(struct reading *reading, const struct node *node, void *target);

/* Reports what output.gold says against itself, or against the database; `root` is the whole file, which has other
 * errors unless `is_sound`. */
void check_gold(struct reading *reading, const struct node *root, const struct dataset *dataset, bool is_sound);

/* Reads an expression as it stands in the file. */
void read_expression(struct reading *reading, const struct node *node, const char *key, struct expr_text *ret_text);
/* Reads the name of a time zone; an unknown one is reported, with the nearest, and not taken. */
void read_timezone_name(struct reading *reading, const struct node *node, const char **ret_timezone);
/* Finds the locales that the dataset's casts are written in, and compiles how their numbers are. */
void settle_locales(struct reading *reading, struct dataset *dataset);
/* Reports what a format hint or a format option cannot be. */
void check_pattern(struct reading *reading, struct config_text pattern, bool is_verbatim);
/* Reports what is wrong with the names of a server and its database, or with a connection string in their place. */
void connection_check(struct reading *reading, const struct database_config *database);

/* Whether a key, however it is spelt, seems to be that of a password, a secret key or a token. */
bool is_secret_key(struct text key);
/* Keep the secrets of env.yml and database.yml, and the passwords in connection strings of any file. */
void secrets_keep_of_text(struct text text);
/** The same of a tree that was read: values of secret keys where it `is_of_settings`, passwords of connection
 * strings anywhere. */
void secrets_keep_of_node(const struct node *root, bool is_of_settings);

/* An array of structs with a member of struct config_text. */
struct named_items {
  const void *items;
  size_t count, size, offset;
};
#define NAMED_ITEMS(type, array, count, member)                                                                        \
  ((struct named_items){ (array), (count), sizeof(type), offsetof(type, member) })

/* Reports each item that has the name of an earlier one. */
void check_unique(struct reading *reading, const char *what, struct named_items items);

#endif
