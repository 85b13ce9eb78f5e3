/** The engine of Apache Spark: a cluster runs the plan, and crisol plans, submits and watches. */
#ifndef CRISOL_ENGINE_SPARK_DRIVER_H
#define CRISOL_ENGINE_SPARK_DRIVER_H

#include "engine/engine.h"

extern const struct engine_driver spark_engine;

#endif
