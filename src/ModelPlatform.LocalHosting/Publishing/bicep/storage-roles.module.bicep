@description('The location for the resource(s) to be deployed.')
#disable-next-line no-unused-params
param location string = resourceGroup().location

param STORAGE_outputs_name string

param principalType string

param principalId string

resource STORAGE 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: STORAGE_outputs_name
}

// Blob, table and queue data contributor: what Aspire grants by default.
var roles = [
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: {
    name: guid(STORAGE.id, principalId, subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role))
    scope: STORAGE
    properties: {
      principalId: principalId
      principalType: principalType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]
