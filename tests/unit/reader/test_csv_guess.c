/* A guess: which first lines look like a record. */
#include "support.h"

#include "reader/csv_guess.h"

static bool looks_headless(const char *line)
{
  struct text names[32];
  size_t count = 0;
  for (const char *at = line; at != NULL; count++) {
    const char *comma = strchr(at, ',');
    names[count] = (struct text){ at, comma == NULL ? strlen(at) : (size_t)(comma - at) };
    at = comma == NULL ? NULL : comma + 1;
  }
  return csv_looks_headless(names, count);
}

static void csv_looks_headless__finds_values(void **state)
{
  static const char *const records[] = {
    "1,2.5,Ann",
    "P-1,2024-01-31,COP",
    "x,31/01/2024,y",
    "ann@example.com,Ann",
    "123e4567-e89b-12d3-a456-426614174000,paid",
    "Ann,-3",
    "7,7",
    "1,Ann,CO",
    "2024-01-31T10:00:00Z,x",
    " 12.50 ,x",
  };
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(records); i++)
    if (!looks_headless(records[i]))
      fail_msg("\"%s\" looks like a header", records[i]);
}

static void csv_looks_headless__leaves_names_alone(void **state)
{
  static const char *const headers[] = {
    "id,amount",
    "",
    ",",
    "country,2019,2020,2021",
    "country,2024",
    "store,1,2,3,4,5,6,7,8,9,10,11,12",
    "country,1/22/20,1/23/20,1/24/20",
    "id,address1,address2,Q1-2024,v1.5",
    "a,b,c,d,e,f,0",
    "@handle,e-mail",
    "+,-",
  };
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(headers); i++)
    if (looks_headless(headers[i]))
      fail_msg("\"%s\" looks like a record", headers[i]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(csv_looks_headless__finds_values),
    cmocka_unit_test(csv_looks_headless__leaves_names_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
