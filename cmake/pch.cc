// Gives the shared precompiled headers a unit to belong to.
