#include "support.h"

#include "warehouse/gold_postgresql.h"

/* As PostgreSQL prints them. */
static const char *const total[] = {
  "",
  "lower(id)",
  "(lower(id) || 'it''s 10 / 0'::text)",
  "upper(\"left\"(id, 20))",
  "COALESCE(n, (5)::bigint)",
  "((n > 0) AND (id <> ''::text) AND (n IS NOT NULL))",
  "(id)::text",
  "((id)::character varying(3))",
  "(payload ->> 'a b'::text)",
  "date_trunc('day'::text, at)",
  "EXTRACT(year FROM at)",
  "CASE WHEN (n = 1) THEN 'one'::text ELSE id END",
  "(at >= '2024-01-01'::date)",
  "(\"a / b\" = \"c\"\"d\")",
  "(id = ANY (ARRAY['a'::text, 'b'::text]))",
};
static const char *const partial[] = {
  "(10 / n)",
  "(n + 1)",
  "(- n)",
  "(id)::integer",
  "((payload ->> 'a'::text))::numeric",
  "(\"left\"(id, 5))::integer",
  "ln(n)",
  "\"my function\"(id)",
  "gold.odd(n)",
  "((id)::character varying)::date",
  "(to_tsvector('english'::regconfig, id))",
  "(id ~ other)",
};

static void postgresql_may_fail__knows_what_takes_every_value(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(total); i++)
    if (postgresql_may_fail(total[i]))
      fail_msg("%s takes every value", total[i]);
}

static void postgresql_may_fail__holds_the_rest_for_possible(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(partial); i++)
    if (!postgresql_may_fail(partial[i]))
      fail_msg("%s may fail", partial[i]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(postgresql_may_fail__knows_what_takes_every_value),
    cmocka_unit_test(postgresql_may_fail__holds_the_rest_for_possible),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
