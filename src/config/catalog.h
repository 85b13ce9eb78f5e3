/** Several datasets at once: which files of some folders hold one, what each is called, what it reads of others, and so
 * in which order they run. A file is looked at for these alone; all that is wrong with the rest of it is found when it
 * is loaded (config_load).
 *
 * Order of calls: catalog_add_folder and catalog_add_file, catalog_link, then the questions. Lives in the arena. */
#ifndef CRISOL_CONFIG_CATALOG_H
#define CRISOL_CONFIG_CATALOG_H

#include "config/dataset.h"

/** `source: {dataset: NAME}`. */
struct catalog_reference {
  struct config_text name;
  size_t entry;     /* whose silver it is; CATALOG_NONE: there is no such dataset, which was reported */
  const char *path; /* of that one, where it is asked for; else NULL */
};
#define CATALOG_NONE SIZE_MAX

struct catalog_entry {
  const char *path;      /* as it was given, or found */
  const char *absolute;  /* the same without links */
  const char *directory; /* that it lies in */
  struct config_text id;
  struct config_text lake; /* output.silver.path; no value: there is none */
  bool replaces_lake;      /* its mode is overwrite */
  struct config_list tags;
  struct catalog_reference *references;
  size_t n_references;
  bool is_given;     /* in the selection; else found beside a dataset that refers to it */
  bool is_reached;   /* given, or referred to by one that is */
  bool is_only_read; /* given for others to read, and never chosen */
  bool is_chosen;    /* by catalog_choose */
};

struct catalog {
  struct arena *arena;
  const char *const *overrides; /* of --set: hold for all that are given */
  size_t n_overrides;
  struct catalog_entry *entries;
  size_t count, capacity;
  const char **searched; /* directories whose files were looked at for what was not given */
  size_t n_searched, searched_capacity;
};

/** What a file seems to be by what it holds. */
enum config_kind {
  CONFIG_ABSENT,      /* there is no such file */
  CONFIG_BROKEN,      /* it cannot be read as YAML */
  CONFIG_EMPTY,       /* a mapping without a key */
  CONFIG_DATASET,     /* it has `id` and `output`; one that is broken but has both at the beginning of a line, too */
  CONFIG_ENVIRONMENT, /* env.yml */
  CONFIG_DATABASE,    /* database.yml */
  CONFIG_BELONGING,   /* to a dataset: its rules, or cases of a test */
  CONFIG_OTHER,
};
enum config_kind config_kind_of(struct arena *arena, const char *path);

/** Adds the datasets among all *.yml and *.yaml below a folder, by the bytes of their paths. What else is there is
 * passed over, and so is what begins with a dot. A dataset that is not YAML any more is a problem. */
bool catalog_add_folder(struct catalog *catalog, const char *path, struct problem_list *problems);
/** Adds one file, which is taken for a dataset. A file that was added before is not added again. */
bool catalog_add_file(struct catalog *catalog, const char *path, struct problem_list *problems);

/** Finds what each reference means: in the selection, then beside the file. Reports those that mean nothing, two
 * datasets of one id or of one lake that is replaced, and circles, with file and line of each of their references.
 * False where there is one. */
bool catalog_link(struct catalog *catalog, struct problem_list *problems);

/** The dataset that a reference in the file at `path` means; NULL where there is none, which is reported at its place.
 */
const struct catalog_entry *catalog_resolve(struct catalog *catalog, const char *path, struct config_text name,
                                            struct problem_list *problems);

/** Chooses of the given ones those that a selector of `selected` names (none: all) and none of `excluded` does.
 *
 * A selector is an id or a tag, with * and ? for any letters; `tag:x` is a tag only. `+x` takes what x reads as well,
 * `x+` what reads x, `2+x` as far as two steps. Blanks between selectors unite, commas intersect. One that names
 * nothing is ERROR_CONFIG, with the names that there are. */
MUST_CHECK bool catalog_choose(struct catalog *catalog, const struct config_list *selected,
                               const struct config_list *excluded, struct error *err);

/** The chosen ones, each behind those that it reads; among equals as they were given. `*ret_count`: how many. */
size_t *catalog_order(const struct catalog *catalog, size_t *ret_count);

enum graph_format { GRAPH_TEXT, GRAPH_MERMAID, GRAPH_DOT };
extern const char *const graph_formats[];
/** Prints the chosen datasets and what they read. */
void catalog_print_graph(const struct catalog *catalog, enum graph_format format, struct text_buffer *out);

#endif
