/* xpath and its kin, over libxml2. Spark reads the document without namespaces: a prefix is a part of no name. Nothing
 * outside of the document is read, whatever it declares. */
#include "duckdb/functions/internal.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

/* What a chunk's rows share. */
struct session {
  xmlParserCtxtPtr parser;
  xmlXPathCompExprPtr compiled;
  struct text path; /* that it was compiled from */
};

static xmlParserInputPtr refuse_entity(const char *url, const char *id, xmlParserCtxtPtr parser)
{
  (void)url;
  (void)id;
  (void)parser;
  return NULL;
}

static void ignore_error(void *context, const char *message, ...)
{
  (void)context;
  (void)message;
}

static void init_library(void)
{
  xmlInitParser();
  xmlSetExternalEntityLoader(refuse_entity);
}

static void session_done(struct session *session)
{
  xmlXPathFreeCompExpr(session->compiled);
  xmlFreeParserCtxt(session->parser);
}

static bool session_init(struct udf_call *call, struct session *session)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, init_library);
  *session = (struct session){ .parser = xmlNewParserCtxt() };
  xmlSetGenericErrorFunc(NULL, ignore_error); /* of this thread: a path that is none would be printed */
  return session->parser != NULL || udf_fail(call, "XPATH", "out of memory");
}

static bool compile_path(struct udf_call *call, struct session *session, struct text path)
{
  if (session->compiled != NULL && text_equal(path, session->path))
    return true;
  xmlXPathFreeCompExpr(session->compiled);
  session->compiled = xmlXPathCompile((const xmlChar *)text_copy(&call->arena, path));
  session->path = path;
  return session->compiled != NULL || udf_fail(call, "INVALID_XPATH", "\"%.*s\" is no XPath", TEXT_ARGS(path));
}

static void strip_namespaces(xmlNodePtr node)
{
  for (; node != NULL; node = node->next) {
    if (node->type != XML_ELEMENT_NODE)
      continue;
    node->ns = NULL;
    for (xmlAttrPtr attribute = node->properties; attribute != NULL; attribute = attribute->next)
      attribute->ns = NULL;
    strip_namespaces(node->children); /* no deeper than the parser's own limit of 256 */
  }
}

static xmlDocPtr parse(struct udf_call *call, struct session *session, struct text xml)
{
  enum { OPTIONS = XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING };
  xmlDocPtr document = xml.length > MAX_TEXT
                           ? NULL
                           : xmlCtxtReadMemory(session->parser, xml.data, (int)xml.length, NULL, "UTF-8", OPTIONS);
  const xmlDtd *declared = document == NULL ? NULL : document->intSubset;
  if (declared != NULL && (declared->SystemID != NULL || declared->ExternalID != NULL)) {
    xmlFreeDoc(document);
    document = NULL;
  }
  if (document == NULL)
    udf_fail(call, "INVALID_XML", "the text is no XML: \"%.*s\"", TEXT_ARGS(text_cut(xml, 80)));
  else
    strip_namespaces(document->children);
  return document;
}

/* The document's answer; NULL with the call's error set where there is none. A prefix that is not declared finds
 * nothing. */
static xmlXPathObjectPtr evaluate(struct udf_call *call, struct session *session, xmlDocPtr document)
{
  xmlXPathContextPtr context = xmlXPathNewContext(document);
  if (context == NULL) {
    udf_fail(call, "XPATH", "out of memory");
    return NULL;
  }
  context->node = (xmlNodePtr)document;
  xmlXPathObjectPtr object = xmlXPathCompiledEval(session->compiled, context);
  bool is_prefix = context->lastError.code == XML_XPATH_UNDEF_PREFIX_ERROR;
  xmlXPathFreeContext(context);
  if (object == NULL && is_prefix)
    object = xmlXPathNewNodeSet(NULL);
  if (object == NULL)
    udf_fail(call, "INVALID_XPATH", "\"%.*s\" cannot be evaluated", TEXT_ARGS(session->path));
  return object;
}

/* A number as XPath writes one: a sign, digits and a point. */
static double number_of_text(const char *text)
{
  size_t start = strspn(text, " \t\r\n");
  size_t length = strlen(text);
  while (length > start && strchr(" \t\r\n", text[length - 1]) != NULL)
    length--;
  struct text number = { text + start, length - start };
  size_t n_digits = 0, n_points = 0;
  for (size_t i = 0; i < number.length; i++) {
    n_digits += char_is_digit(number.data[i]);
    n_points += number.data[i] == '.';
    if (!char_is_digit(number.data[i]) && number.data[i] != '.' && !(i == 0 && number.data[i] == '-'))
      return (double)NAN;
  }
  double value;
  return n_digits > 0 && n_points <= 1 && text_to_double(number, &value) ? value : (double)NAN;
}

static bool is_text(const xmlNode *node)
{
  return node != NULL && (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE);
}

/* The object as text: of nodes that of the first, which texts that touch it belong to. The caller frees it. */
static xmlChar *text_of(xmlXPathObjectPtr object)
{
  bool has_nodes = object->type == XPATH_NODESET && !xmlXPathNodeSetIsEmpty(object->nodesetval);
  if (has_nodes)
    xmlXPathNodeSetSort(object->nodesetval);
  xmlChar *text = xmlXPathCastToString(object);
  for (const xmlNode *node = has_nodes ? object->nodesetval->nodeTab[0] : NULL; is_text(node) && is_text(node->next);
       node = node->next)
    text = xmlStrcat(text, node->next->content);
  return text;
}

static double number_of(xmlXPathObjectPtr object)
{
  if (object->type != XPATH_NODESET && object->type != XPATH_STRING)
    return xmlXPathCastToNumber(object);
  xmlChar *text = text_of(object);
  double value = text == NULL ? (double)NAN : number_of_text((const char *)text);
  xmlFree(text);
  return value;
}

/* Java's digits without an exponent. */
static void add_number(double value, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer digits = { 0 };
  if (isnan(value) || isinf(value)) {
    double_add_text(value, out);
    return;
  }
  double_add_text(fabs(value), &digits);
  const char *mark = memchr(digits.data, 'E', digits.length);
  long exponent = mark == NULL ? 0 : strtol(mark + 1, NULL, 10);
  size_t length = mark == NULL ? digits.length : (size_t)(mark - digits.data);
  const char *point = memchr(digits.data, '.', length);
  long n_whole = (long)(point - digits.data);
  if (point + 2 == digits.data + length && point[1] == '0')
    length -= 2; /* "1.0" */
  long n_digits = (long)length - (length > (size_t)n_whole ? 1 : 0);
  n_whole += exponent;
  text_buffer_add_string(out, value < 0 ? "-" : "");
  text_buffer_add_string(out, n_whole <= 0 ? "0." : "");
  for (long i = n_whole; i < 0; i++)
    text_buffer_add_char(out, '0');
  long written = 0;
  for (const char *c = digits.data; c < digits.data + length; c++) {
    if (*c == '.')
      continue;
    text_buffer_add_string(out, written == n_whole && written > 0 ? "." : "");
    text_buffer_add_char(out, *c);
    written++;
  }
  for (long i = n_digits; i < n_whole; i++)
    text_buffer_add_char(out, '0');
}

static bool return_string(struct udf_call *call, size_t row, xmlXPathObjectPtr object)
{
  if (object->type == XPATH_NUMBER) {
    text_buffer_clear(&call->buffer);
    if (object->floatval == 0)
      text_buffer_add_char(&call->buffer, '0');
    else
      add_number(object->floatval, &call->buffer);
    return return_buffer(call, row);
  }
  xmlChar *text = text_of(object);
  bool is_there = text != NULL && return_text(call, row, text_from((const char *)text));
  xmlFree(text);
  return is_there;
}

/* The values of nodes; an element has none. Texts that touch are one node, of which Java tells the first. */
static bool return_nodes(struct udf_call *call, size_t row, xmlXPathObjectPtr object)
{
  const xmlNodeSet *nodes = object->nodesetval;
  if (object->type != XPATH_NODESET)
    return udf_fail(call, "INVALID_XPATH", "the path of xpath() must find nodes, and not compute a value");
  xmlXPathNodeSetSort(object->nodesetval);
  list_begin(call);
  for (int i = 0; nodes != NULL && i < nodes->nodeNr; i++) {
    xmlNodePtr node = nodes->nodeTab[i];
    if (is_text(node) && is_text(node->prev))
      continue;
    if (node->type == XML_ELEMENT_NODE || node->type == XML_DOCUMENT_NODE || node->type == XML_NAMESPACE_DECL) {
      list_add_null(call);
      continue;
    }
    xmlChar *text = xmlNodeGetContent(node);
    bool is_added = list_add_text(call, text_from(text == NULL ? "" : (const char *)text));
    xmlFree(text);
    TRY(is_added);
  }
  return list_end(call, row);
}

/* As Java turns a double into an integer: NaN is 0, what is too large the largest. */
static int64_t integer_of(double value, int64_t least, int64_t greatest)
{
  if (isnan(value))
    return 0;
  return value >= (double)greatest ? greatest : value <= (double)least ? least : (int64_t)value;
}

static bool return_answer(struct udf_call *call, size_t row, xmlXPathObjectPtr object)
{
  switch (call->result.type->id) {
  case TYPE_ARRAY:
    return return_nodes(call, row, object);
  case TYPE_BOOLEAN:
    return return_boolean(call, row, xmlXPathCastToBoolean(object) != 0);
  case TYPE_STRING:
    return return_string(call, row, object);
  case TYPE_DOUBLE:
    return return_double(call, row, number_of(object));
  case TYPE_FLOAT:
    RESULT(call, row, float) = (float)number_of(object);
    return true;
  case TYPE_SMALLINT: /* by way of an int */
    RESULT(call, row, int16_t) = (int16_t)integer_of(number_of(object), INT32_MIN, INT32_MAX);
    return true;
  case TYPE_INT:
    return return_int(call, row, (int32_t)integer_of(number_of(object), INT32_MIN, INT32_MAX));
  default:
    return return_bigint(call, row, integer_of(number_of(object), INT64_MIN, INT64_MAX));
  }
}

static bool find(struct udf_call *call, struct session *session, size_t row)
{
  struct text xml = arg_text(call, 0, row);
  struct text path = arg_text(call, 1, row);
  if (xml.length == 0 || path.length == 0 || !compile_path(call, session, path))
    return false;
  xmlDocPtr document = parse(call, session, xml);
  if (document == NULL)
    return false;
  xmlXPathObjectPtr object = evaluate(call, session, document);
  bool is_there = object != NULL && return_answer(call, row, object);
  xmlXPathFreeObject(object);
  xmlFreeDoc(document);
  return is_there;
}

static void find_all(struct udf_call *call)
{
  struct session session;
  if (session_init(call, &session))
    for (size_t row = 0; row < call->n_rows && call->error[0] == 0; row++)
      if (arg_is_null(call, 0, row) || arg_is_null(call, 1, row) || !find(call, &session, row))
        vector_set_null(&call->result, row);
  session_done(&session);
}

#define XPATH(function_name, result)                                                                                   \
  {                                                                                                                    \
    .name = (function_name), .signature = "string string > " result, .flags = UDF_NULLS, .all = find_all               \
  }

static const struct udf rows[] = {
  XPATH("spark_xpath", "array_string"),  XPATH("spark_xpath_boolean", "boolean"),
  XPATH("spark_xpath_string", "string"), XPATH("spark_xpath_double", "double"),
  XPATH("spark_xpath_float", "float"),   XPATH("spark_xpath_short", "smallint"),
  XPATH("spark_xpath_int", "int"),       XPATH("spark_xpath_long", "bigint"),
};

UDF_FAMILY(xpath_udfs, rows);
