#pragma once

#include "../nanobind_headers.hpp"

namespace aisle::python {

/// An object of a pydantic model, created without validation: like the model's model_construct(), at a tenth of its
/// cost.
///
/// fields: a dict with a value for each of the model's fields, which becomes the object's own. names: the set of the
/// fields that count as set; objects share it, so their fields must not be assigned later. Throws Python's
/// AttributeError if the class is not a model of pydantic 2. The GIL is held.
nb::object make_model(nb::type_object type, nb::dict fields, nb::handle names);

}  // namespace aisle::python
