/* XML in a text. */
#include "expr/functions/functions.h"

static bool resolve_xpath(struct call *call)
{
  TRY(call_expect_text(call, 0) && call_expect_text(call, 1));
  return call->args[1]->is_constant || call_fail(call, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                                                 "the path of \"%s\" must be a constant", call->function->name);
}

#define XPATH(function_name, other_names, type, text)                                                                  \
  {                                                                                                                    \
    .name = (function_name), .aliases = (other_names), .min_args = 2, .max_args = 2, .returns = (type),                \
    .resolve = resolve_xpath, .duckdb = "spark_" function_name "($1, $2)", .doc = (text)                               \
  }

static const struct function rows[] = {
  XPATH("xpath", NULL, "array<string>",
        "The values of the nodes that an XPath finds in XML; those of elements are null."),
  XPATH("xpath_boolean", NULL, "boolean", "Whether an XPath is true, or finds a node."),
  XPATH("xpath_string", NULL, "string", "The text of the first node that an XPath finds, or what it computes."),
  XPATH("xpath_double", "xpath_number", "double", "The number that an XPath finds or computes; NaN where it is none."),
  XPATH("xpath_float", NULL, "float", "The number that an XPath finds or computes, as a float."),
  XPATH("xpath_short", NULL, "smallint", "The number that an XPath finds or computes, cut to a smallint."),
  XPATH("xpath_int", NULL, "int", "The number that an XPath finds or computes, cut to an int; 0 where it is none."),
  XPATH("xpath_long", NULL, "bigint", "The number that an XPath finds or computes, cut to a bigint."),
};

FUNCTION_FAMILY(xml_family, "XML", rows);
