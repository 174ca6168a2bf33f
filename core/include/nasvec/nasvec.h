/* All public headers at once. */
#ifndef NASVEC_H
#define NASVEC_H

#include <nasvec/base.h>
#include <nasvec/cell.h>
#include <nasvec/encoder.h>
#include <nasvec/gin.h>
#include <nasvec/linalg.h>
#include <nasvec/network.h>
#include <nasvec/nn.h>
#include <nasvec/plugin.h>
#include <nasvec/rng.h>
#include <nasvec/searcher.h>
#include <nasvec/space.h>

#endif
