/* Finds rows of the function table, and what Spark has beside them. */
#include "expr/functions/functions.h"

const struct function_family *const function_families[] = {
  &arithmetic_family, &predicate_family, &conditional_family, &math_family, &string_family,   &number_format_family,
  &collection_family, &lambda_family,    &hash_family,        &misc_family, &datetime_family, &regex_family,
  &json_family,       &random_family,    &vector_family,      &csv_family,  &xml_family,      &variant_family,
};
const size_t n_function_families = ARRAY_LENGTH(function_families);

/* Whether `name` is one of the words of a list separated by blanks. */
static bool list_has(const char *list, struct text name)
{
  while (list != NULL && *list != 0) {
    size_t length = strcspn(list, " ");
    if (text_equal_nocase((struct text){ list, length }, name))
      return true;
    list += length + (list[length] == ' ');
  }
  return false;
}

const struct function *function_find(struct text name)
{
  for (size_t i = 0; i < n_function_families; i++) {
    const struct function_family *family = function_families[i];
    for (size_t j = 0; j < family->n_rows; j++)
      if (text_equal_nocase(text_from(family->rows[j].name), name) || list_has(family->rows[j].aliases, name))
        return &family->rows[j];
  }
  return NULL;
}

const char *function_unsupported(struct text name)
{
  for (size_t i = 0; i < n_spark_names; i++)
    if (list_has(spark_names[i].names, name))
      return spark_names[i].class;
  return NULL;
}

/* Whether `name` is one of the words of a list, a star at the end of which stands for any ending. */
static bool list_matches(const char *list, struct text name)
{
  while (*list != 0) {
    size_t length = strcspn(list, " ");
    bool has_star = length > 0 && list[length - 1] == '*';
    struct text word = { list, length - has_star };
    struct text start = { name.data, name.length < word.length ? name.length : word.length };
    if (text_equal_nocase(word, has_star ? start : name))
      return true;
    list += length + (list[length] == ' ');
  }
  return false;
}

const char *function_reason(struct text name)
{
  if (function_find(name) != NULL || function_unsupported(name) == NULL)
    return NULL;
  for (size_t i = 0; i < n_spark_reasons; i++)
    if (list_matches(spark_reasons[i].names, name))
      return spark_reasons[i].reason;
  return NULL;
}

const char *function_nearest(struct arena *arena, struct text name)
{
  const char **names = NULL;
  size_t count = 0;
  size_t capacity = 0;
  for (size_t i = 0; i < n_function_families; i++) {
    for (size_t j = 0; j < function_families[i]->n_rows; j++) {
      names = arena_grow(arena, names, count, &capacity, sizeof *names);
      names[count++] = function_families[i]->rows[j].name;
    }
  }
  return text_nearest(name, names, count);
}
