"""Content controls that show data which the template keeps beside its text: what is filled goes there too.

Word shows that data in place of the text. Where it cannot be written (the data is not there, the path leads
nowhere, or a marked blank has to keep its mark) the control is loosened from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from docx.oxml.ns import qn
from lxml import etree

SDT, T, W15 = qn("w:sdt"), qn("w:t"), "{http://schemas.microsoft.com/office/word/2012/wordml}"
DATASTORE = "{http://schemas.openxmlformats.org/officeDocument/2006/customXml}"
CORE = "{6C3C8BC8-F283-45AE-878A-BAB7291924A1}"  # the document's own properties: title, subject, author
EXTENDED = "{6668398D-A668-4E3E-A5EB-62B293D839F1}"  # company, manager
_PREFIX = re.compile(r"xmlns:(\w+)\s{0,3}=\s{0,3}['\"]([^'\"]*)['\"]")
MOST_BYTES = 5 * 2**20
Read = Callable[[str], tuple[str, bool]]


def write_bound(document: Any, part: Any, secret: str, read: Read) -> None:
    """For each control of that part in which something is filled: the data bound to it. `read` turns a text
    with tokens into what will stand there, and says whether it is plain text."""
    stores: dict[str, tuple[Any, Any]] | None = None
    for control in list(part.iter(SDT)):
        texts = [text.text or "" for text in control.iter(T)]
        if not any(secret in text for text in texts):
            continue
        written, plain = read("".join(texts))
        for binding in list(control.iter(qn("w:dataBinding"), f"{W15}dataBinding")):
            if stores is None:
                stores = _stores(document)
            if not plain or not _write(stores, binding, written):
                binding.getparent().remove(binding)


def _stores(document: Any) -> dict[str, tuple[Any, Any]]:
    """The parts with data, by the identifiers that controls name them by, each with its parsed root."""
    stores: dict[str, tuple[Any, Any]] = {}
    package = document.part.package
    for holder in package.iter_parts():
        name = str(holder.partname)
        if name.startswith("/customXml/item") and "Props" not in name and (root := _root(holder)) is not None:
            for relation in holder.rels.values():
                if relation.is_external or not relation.reltype.endswith("/customXmlProps"):
                    continue
                properties = _root(relation.target_part)
                if properties is not None and (identifier := properties.get(f"{DATASTORE}itemID")):
                    stores[identifier.upper()] = (holder, root)
        for wanted, ending in ((CORE, "/core.xml"), (EXTENDED, "/app.xml")):
            if name.endswith(ending) and (root := _root(holder)) is not None:
                stores[wanted] = (holder, root)
    return stores


def _root(part: Any) -> Any:
    if hasattr(part, "element"):
        return part.element
    if len(part.blob) > MOST_BYTES:
        return None
    try:
        return etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None


def _write(stores: dict[str, tuple[Any, Any]], binding: Any, text: str) -> bool:
    attribute = qn("w:dataBinding").removesuffix("dataBinding")
    said = {
        name: binding.get(f"{attribute}{name}", "") for name in ("xpath", "prefixMappings", "storeItemID")
    }
    if said["storeItemID"]:
        store = stores.get(said["storeItemID"].upper())
    else:
        store = next(iter(stores.values())) if len(stores) == 1 else None
    if store is None or len(said["xpath"]) > 1000:
        return False
    part, root = store
    try:
        found_nodes = root.xpath(
            said["xpath"], namespaces=dict(_PREFIX.findall(said["prefixMappings"])) or None
        )
    except (etree.XPathError, TypeError, ValueError):
        return False
    if not isinstance(found_nodes, list) or len(found_nodes) != 1:
        return False
    (node,) = found_nodes
    if isinstance(node, etree._Element) and len(node) == 0:
        node.text = text
    elif getattr(node, "is_attribute", False):
        node.getparent().set(node.attrname, text)
    else:
        return False
    if not hasattr(part, "element"):
        part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return True
